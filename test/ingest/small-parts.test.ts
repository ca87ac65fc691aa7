import { createHmac } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert as check, property, string, uint8Array } from 'fast-check';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { clusterOf } from '../../services/ingest/cluster.ts';
import { openDuplicateIndex } from '../../services/ingest/dedupe.ts';
import { openKeyFile } from '../../services/ingest/key-file.ts';
import { languageOf } from '../../services/ingest/language.ts';
import { mask } from '../../services/ingest/mask.ts';
import { thisProcess } from '../../services/log/liveness.ts';
import { createHmacSha256, createPseudonyms } from '../../services/ingest/pseudonym.ts';
import { timeOf } from '../../services/ingest/sources/text/fields.ts';
import { htmlToText } from '../../services/ingest/sources/text/html.ts';

const folder = mkdtempSync(join(tmpdir(), 'parts-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('pseudonyms', () => {
  test('are HMAC-SHA256 as Node computes it', () => {
    check(
      property(
        uint8Array({ minLength: 1, maxLength: 64 }),
        string({ unit: 'grapheme', maxLength: 3000 }),
        (key, text) => {
          expect(createHmacSha256(key)(text)).toBe(createHmac('sha256', key).update(text).digest('hex'));
        },
      ),
    );
  });
  test('are the same author’s everywhere on X, and the site’s own on forums', () => {
    const { hashOf } = createPseudonyms(Buffer.alloc(32, 1));
    expect(hashOf('x', 'archive', '12')).toBe(hashOf('x', 'stream', '12'));
    expect(hashOf('discourse', 'forum-a', '12')).not.toBe(hashOf('discourse', 'forum-b', '12'));
    expect(hashOf('x', 'archive', '12')).not.toBe(
      createPseudonyms(Buffer.alloc(32, 2)).hashOf('x', 'archive', '12'),
    );
    expect(hashOf('x', 'archive', '12')).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('the key file', () => {
  const data = join(folder, 'data');
  test('is made once, for its owner only', async () => {
    const path = join(folder, 'a', 'b', 'author.key');
    const [one, two] = await Promise.all([openKeyFile(path, data), openKeyFile(path, data)]);
    expect(one).toEqual(two);
    expect(one).toHaveLength(32);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await openKeyFile(path, data)).toEqual(one);
  });
  test.each([
    ['inside the data folder', join(data, 'author.key'), undefined, 'KEY_IN_DATA'],
    ['readable by others', join(folder, 'open.key'), `${'ab'.repeat(32)}\n`, 'KEY_READABLE'],
    [
      'not a key',
      join(folder, 'broken.key'),
      'these are no sixty-four hexadecimal digits, but they are longer than that\n',
      'KEY_BROKEN',
    ],
    ['not to be made', join(import.meta.filename, 'author.key'), undefined, 'KEY_FILE'],
  ])('is refused when it is %s', async (_name, path, content, code) => {
    if (content !== undefined) {
      writeFileSync(path, content, { mode: 0o600 });
      if (code === 'KEY_READABLE') chmodSync(path, 0o644);
    }
    await expect(openKeyFile(path, data)).rejects.toMatchObject({ code });
  });
  test('is refused when it is a link that leads nowhere', async () => {
    const path = join(folder, 'link.key');
    symlinkSync(join(folder, 'nowhere.key'), path);
    await expect(openKeyFile(path, data)).rejects.toMatchObject({
      code: 'KEY_FILE',
      message: expect.stringMatching(/leads nowhere/),
    });
  });
  test('never appears in a message', async () => {
    const path = join(folder, 'secret.key');
    writeFileSync(path, 'zz'.repeat(40), { mode: 0o600 });
    await expect(openKeyFile(path, data)).rejects.toThrow(/^(?!.*zz)/);
    expect(readFileSync(path, 'utf8')).toContain('zz');
  });
});

test.each([
  ['Ich habe seit gestern Kopfschmerzen', undefined, 'de'],
  ['no puedo dormir desde que tomo la pastilla', undefined, 'es'],
  ['these pills make me so dizzy', undefined, 'en'],
  ['can’t sleep again 😩', undefined, 'en'],
  ['@user @user [link]', undefined, 'und'],
  ['lol', undefined, 'und'],
  ['头很痛，睡不着', undefined, 'zh'],
  ['words that the platform knows better', 'nl', 'nl'],
  ['short', 'qst', 'und'],
  ['saya pusing', 'in', 'id'],
  ['hello there, how are you all', 'en-GB', 'en'],
  ['これは設定が英語のままの投稿です', 'en', 'ja'],
  ['xqzt', '../../etc', 'und'],
])('language of %s, stated as %s, is %s', (text, stated, expected) => {
  expect(languageOf(text, stated)).toBe(expected);
});

describe.each(['UTC', 'America/Los_Angeles', 'Asia/Kolkata'])('on a machine in %s', (timeZone) => {
  afterEach(() => void vi.unstubAllEnvs());
  test.each([
    ['2024-03-01 23:30:00', '2024-03-01T23:30:00Z'],
    ['2024-03-01T23:30:00', '2024-03-01T23:30:00Z'],
    ['2024-03-01 11:30 PM', '2024-03-01T23:30:00Z'],
    ['2024-03-01', '2024-03-01T00:00:00Z'],
    ['01-02-2024', '2024-01-02T00:00:00Z'],
    ['03/04/2024', '2024-03-04T00:00:00Z'],
    ['Mar 1, 2024', '2024-03-01T00:00:00Z'],
    ['Wed, 02 Oct 2002 13:00:00', '2002-10-02T13:00:00Z'],
    ['Wed, 02 Oct 2002 13:00 EST', '2002-10-02T18:00:00Z'],
    ['Wed May 03 11:12:13 +0200 2017', '2017-05-03T09:12:13Z'],
    ['2024-03-01 10:00 -5', '2024-03-01T15:00:00Z'],
    ['2024-03-01T23:30:00.123+02:00', '2024-03-01T21:30:00.123Z'],
    ['Fri Mar 01 2024 10:00:00 GMT+0100 (CET)', '2024-03-01T09:00:00Z'],
  ])('%s is %s', (text, expected) => {
    vi.stubEnv('TZ', timeZone);
    expect(timeOf(text)).toBe(Date.parse(expected));
  });
});

describe('clusters', () => {
  const same = [
    'The new pills made me SO dizzy!!!',
    'RT @user: the new pills made me so dizzy',
    'the new pills made me so dizzy 😵 [link]',
    '@user the  new pills, made me so dizzy 2',
  ];
  test.each(same)('%s', (text) => {
    expect(clusterOf(text)).toBe(clusterOf(same[0] as string));
    expect(clusterOf(text)).toMatch(/^[0-9a-f]{16}$/);
  });
  test('other words and texts without letters stand apart', () => {
    const texts = [
      'the new pills made me dizzy',
      'the new pills',
      '',
      '😀',
      '😃',
      '12',
      '13',
      'тест',
      'тесты',
      '薬',
      '痛',
    ];
    expect(new Set(texts.map(clusterOf)).size).toBe(texts.length);
  });
  test('10,000 texts, 10,000 clusters', () => {
    const letters = (n: number): string =>
      String(n).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '');
    expect(new Set(Array.from({ length: 10_000 }, (_, n) => clusterOf(`pain ${letters(n)}`))).size).toBe(
      10_000,
    );
  });
});

describe('the index of accepted posts', () => {
  test('knows a post again, and forgets a batch that never reached the log', () => {
    const path = join(folder, 'index.sqlite');
    {
      using index = openDuplicateIndex(path);
      expect(index.resume('r', 0)).toBe('agrees');
      index.begin();
      expect([index.add('x:1', 0), index.add('x:1', 1), index.add('x:1', 0)]).toEqual([true, true, false]);
      index.commit('r', 1);
      index.begin();
      index.add('x:2', 0);
      index.commit('r', 2);
    }
    using index = openDuplicateIndex(path);
    expect(index.size()).toBe(3);
    index.resume('r', 1);
    expect(index.size()).toBe(2);
    index.begin();
    expect([index.add('x:1', 0), index.add('x:2', 0)]).toEqual([false, true]);
    index.rollback();
    expect(index.size()).toBe(2);
    expect(index.resume('r', 5)).toBe('older');
  });
  describe('the last batch of a process that', () => {
    const here = thisProcess();
    test.each([
      ['has ended', { host: here.host, pid: 2 ** 30, started: '' }, 0],
      ['is this one, opened anew', here, 0],
      ['is on another machine', { ...here, host: 'elsewhere' }, 0],
      ['lives beside this one', { host: here.host, pid: process.ppid, started: '' }, 1],
    ])('%s', (name, mark, left) => {
      const path = join(folder, `${name}.sqlite`);
      {
        using index = openDuplicateIndex(path, mark);
        index.begin();
        index.add('x:1', 0);
        index.commit('r', 1);
      }
      using index = openDuplicateIndex(path);
      for (const last of index.unattended()) expect(index.settle(last, 0)).toBe('agrees');
      expect(index.size()).toBe(left);
    });
    test('has appended it, or has gone on since, stays', () => {
      using index = openDuplicateIndex(join(folder, 'gone-on.sqlite'));
      for (const batch of [1, 2]) {
        index.begin();
        index.add(`x:${batch}`, 0);
        index.commit('r', batch);
      }
      expect(index.unattended()).toEqual([{ reader: 'r', batch: 2 }]);
      expect(index.settle({ reader: 'r', batch: 2 }, 2)).toBe('agrees');
      expect(index.settle({ reader: 'r', batch: 1 }, 0)).toBe('agrees');
      expect(index.size()).toBe(2);
    });
  });
  test('begins anew with a log that never got its batches', () => {
    using index = openDuplicateIndex(join(folder, 'foreign.sqlite'));
    for (const batch of [1, 2, 3]) {
      index.begin();
      index.add(`x:${batch}`, 0);
      index.commit('r', batch);
    }
    expect(index.resume('r', 0)).toBe('foreign');
    expect(index.size()).toBe(0);
  });
  test('says what to do about a file that is no index', () => {
    const path = join(folder, 'no-index.sqlite');
    writeFileSync(path, 'not a database, but long enough to be looked at as one'.repeat(40));
    expect(() => openDuplicateIndex(path)).toThrow(/move the file away/);
  });
});

test.each([
  ['<p>a<br>b</p><p>c</p>', 'a\nb\n\nc'],
  ['a &lt;b&gt; &amp; c', 'a <b> & c'],
  ['<script>alert(1)</script>x<style>y</style>', 'x'],
  ['<p>one <b>two</b><i>three</i></p>', 'one twothree'],
  ['plain < text', 'plain < text'],
  ['<p>unclosed <a href="https://e.org">link', 'unclosed link'],
])('text of %s', (html, text) => {
  expect(htmlToText(html).text).toBe(text);
});

test('a mention’s name is masked whatever its link says', () => {
  const { text } = htmlToText('<a class="mention" href="/u/jo">Dr. Jo Smith</a> said');
  expect(mask(text).text).toBe('@user said');
});
