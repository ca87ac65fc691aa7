import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import type { Delivered, Source } from '../../services/ingest/source.ts';
import { openFile } from '../../services/ingest/sources/files/file-source.ts';
import { sourceContract } from '../contract/source.ts';
import { packings, tarOf, zstdLong } from './packed.ts';
import { stillClock, streams } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const open = (path: string, options: Partial<Parameters<typeof openFile>[0]> = {}): Promise<Source> =>
  openFile({
    name: 'test',
    path,
    format: undefined,
    batchRecords: 100,
    maxRecordBytes: 1_000_000,
    limits: { maxRatio: 1000 },
    follow: false,
    clock: stillClock,
    ...options,
  });

async function recordsOf(source: Source, cursor?: string): Promise<{ records: Delivered[]; cursor: string }> {
  const records: Delivered[] = [];
  let last = cursor ?? '';
  for await (const batch of source.read(cursor, new AbortController().signal)) {
    records.push(...batch.records);
    last = batch.cursor;
  }
  return { records, cursor: last };
}

async function reasonsOf(name: string, bytes: Uint8Array | string, options = {}): Promise<string[]> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  const { records } = await recordsOf(await open(path, options));
  return records.map(({ record }) => (record.type === 'unusable' ? record.reason : record.type));
}

const counts: Record<string, number> = {
  'atom.xml': 2,
  'discourse-latest.json': 2,
  'discourse-posts.json': 3,
  'discourse-topic.json': 6,
  'jetstream.ndjson': 10,
  'mastodon.sse': 9,
  'own-array.json': 2,
  'own.csv': 6,
  'own.ndjson': 6,
  'own.tsv': 3,
  'pushshift.ndjson': 10,
  'rss1.rdf': 1,
  'rss2.xml': 4,
  'x-v1.ndjson': 12,
  'x-v2.ndjson': 14,
};
for (const file of readdirSync(streams)) {
  sourceContract({
    name: file,
    records: counts[file] ?? -1,
    open: ({ batchRecords }) => open(join(streams, file), { batchRecords }),
  });
}

const text = readFileSync(join(streams, 'jetstream.ndjson'));
const middle = text.indexOf('\n', text.length / 3) + 1;
const plain = (await recordsOf(await open(join(streams, 'jetstream.ndjson')))).records;
for (const [name, bytes] of Object.entries(await packings(text, middle))) {
  const path = join(folder, `${name.replaceAll(/\W/g, '-')}.misleading-name`);
  writeFileSync(path, bytes);
  sourceContract({
    name: `packed as ${name}`,
    records: 10,
    open: ({ batchRecords }) => open(path, { batchRecords }),
  });
  test(`packed as ${name}: the same records`, async () => {
    expect((await recordsOf(await open(path))).records).toEqual(plain);
  });
}

test('zstd with a window of 2 GiB', async (context) => {
  const path = zstdLong(folder, text);
  if (path === undefined) context.skip('no zstd program');
  else expect((await recordsOf(await open(path))).records).toEqual(plain);
});

describe('damage', () => {
  const line = '{"id":1,"text":"fine","author":"a","created":"2024-01-01"}\n';
  const many = Buffer.from(line.repeat(2000));
  const deep = `${'{"text":['.repeat(1)}${'['.repeat(100_000)}${']'.repeat(100_000)}]}\n`;

  test.each<[string, Uint8Array | string, string[], object?]>([
    ['torn last line', `${line}{"id":2,"te`, ['post', 'torn']],
    ['whole last line without an end', line + line.trim(), ['post', 'post']],
    [
      'torn inside a character',
      Buffer.concat([Buffer.from(`${line}{"id":2,"text":"caf`), Buffer.from([0xc3])]),
      ['post', 'torn'],
    ],
    ['blank lines', `\n\n${line}\r\n   \n${line}`, ['post', 'post']],
    ['a first line that is broken', `{{{\n${line}`, ['not-json', 'post']],
    [
      'Latin-1 in one line',
      Buffer.concat([Buffer.from(line), Buffer.from('{"text":"caf\u00e9"}\n', 'latin1'), Buffer.from(line)]),
      ['post', 'not-utf8', 'post'],
    ],
    ['NUL bytes', `${line}\u0000\u0000\n${line}`, ['post', 'not-json', 'post']],
    ['nested 100,000 deep', deep + line, ['too-deep', 'post']],
    [
      'a line beyond the cap',
      `${line}{"text":"${'x'.repeat(2_000_000)}"}\n${line}`,
      ['post', 'too-large', 'post'],
    ],
    [
      'a row beyond the cap',
      `id,text\n1,a\n2,"${'x'.repeat(2_000_000)}"\n3,c\n`,
      ['post', 'too-large', 'post'],
    ],
    [
      'an element beyond the cap',
      `[{"text":"a"},{"text":"${'x'.repeat(2_000_000)}"},{"text":"c"}]`,
      ['post', 'too-large', 'post'],
    ],
    [
      'an item beyond the cap',
      `<rss><channel><item><title>a</title></item><item>${'x'.repeat(2_000_000)}</item><item><title>c</title></item></channel></rss>`,
      ['post', 'too-large', 'post'],
    ],
    [
      'an item nested too deep',
      `<rss><channel><item>${'<a>'.repeat(5000)}</item></channel></rss>`,
      ['too-deep'],
    ],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3, 255, 0, 7]), ['unknown-shape']],
    ['nothing', '', []],
    ['only blanks', ' \n\n', []],
    ['a web page', '<!doctype html><html><body>not a feed</body></html>', ['unknown-shape']],
    ['garbage between documents', `[\n{"text":"a"},\nxyz {"text":"b"}\n]`, ['post', 'not-json', 'post']],
    ['a document that ends early', `[\n{"text":"a"},\n{"text":`, ['post', 'torn']],
    ['a feed that ends early', `<rss><channel><item><title>a</title></item><item><title>b`, ['post', 'torn']],
    ['events that end early', `event: delete\ndata: 1\n\nevent: update\ndata: {"id`, ['deletion', 'torn']],
    ['gzip cut short', gzipSync(many).subarray(0, -200), ['archive-damaged']],
    [
      'gzip with rubbish behind',
      Buffer.concat([gzipSync(line), Buffer.from('rubbish')]),
      ['archive-damaged'],
    ],
    ['zstd cut short', zstdCompressSync(many).subarray(0, -5), ['archive-damaged']],
    [
      'zstd with rubbish behind',
      Buffer.concat([zstdCompressSync(line), Buffer.from('rubbish')]),
      ['post', 'archive-damaged'],
    ],
    ['archives nested too deep', nested(line, 8), ['too-deep']],
    [
      'a bomb',
      gzipSync(Buffer.alloc(300 * 1024 * 1024, 10), { level: 9 }),
      ['archive-damaged'],
      { limits: { maxRatio: 100 } },
    ],
  ])('%s', async (name, bytes, reasons, options = {}) => {
    const found = await reasonsOf(name.replaceAll(/\W/g, '-'), bytes, options);
    // What unpacks before the damage is still read.
    expect(
      reasons.includes('archive-damaged') ? [...found.slice(0, reasons.length - 1), found.at(-1)] : found,
    ).toEqual(reasons);
  });

  test('bzip2 with a flipped bit', async () => {
    const bytes = readFileSync(new URL('../fixtures/packed/jetstream.ndjson.bz2', import.meta.url));
    for (let at = 4; at < bytes.length; at += 37) {
      const broken = Buffer.from(bytes);
      broken[at] = (broken[at] as number) ^ 16;
      expect((await reasonsOf('flipped.bz2', broken)).at(-1)).toBe('archive-damaged');
    }
  });

  test('a tar cut short', async () => {
    const tar = await tarOf({ 'a.ndjson': Buffer.from(line), 'b.ndjson': many });
    expect(await reasonsOf('short.tar', tar.subarray(0, 60_000))).toContain('archive-damaged');
  });

  test('a file that is missing says so', async () => {
    await expect(open(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'INGEST_FILE' });
  });
});

function nested(content: string, times: number): Buffer {
  let bytes = Buffer.from(content);
  for (let time = 0; time < times; time++) bytes = gzipSync(bytes);
  return bytes;
}

test('a line of 200 MB is skipped without being kept', async () => {
  const path = join(folder, 'giant.ndjson');
  await writeFile(path, '{"text":"before"}\n{"text":"');
  const part = Buffer.alloc(20 * 1024 * 1024, 120);
  for (let time = 0; time < 10; time++) await appendFile(path, part);
  await appendFile(path, '"}\n{"text":"after"}\n');
  const before = process.memoryUsage();
  let most = 0;
  const watch = setInterval(() => {
    const { heapUsed, external } = process.memoryUsage();
    most = Math.max(most, heapUsed + external - before.heapUsed - before.external);
  }, 5);
  const { records } = await recordsOf(await open(path));
  clearInterval(watch);
  expect(records.map(({ record }) => (record.type === 'unusable' ? record.reason : record.type))).toEqual([
    'post',
    'too-large',
    'post',
  ]);
  expect(most).toBeLessThan(120 * 1024 * 1024);
  rmSync(path);
});

describe('a file that changes', () => {
  const line = (n: number): string => `{"id":${n},"text":"line ${n}"}\n`;
  const idsOf = (records: readonly Delivered[]): unknown[] =>
    records.map(({ record }) => (record.type === 'post' ? record.ref.id : record.type));

  test('is read on where it grew', async () => {
    const path = join(folder, 'growing.ndjson');
    await writeFile(path, line(1) + line(2));
    const first = await recordsOf(await open(path));
    await appendFile(path, line(3));
    const second = await recordsOf(await open(path), first.cursor);
    expect(idsOf(second.records)).toEqual(['3']);
  });

  test('keeps an unfinished line for later while it is followed', async () => {
    const path = join(folder, 'followed.ndjson');
    await writeFile(path, `${line(1)}{"id":2,`);
    const first = await recordsOf(await open(path, { follow: true }));
    expect(idsOf(first.records)).toEqual(['1']);
    await appendFile(path, '"text":"now whole"}\n');
    const second = await recordsOf(await open(path, { follow: true }), first.cursor);
    expect(idsOf(second.records)).toEqual(['2']);
  });

  test('delivers its unfinished line to a reader that does not follow it', async () => {
    const path = join(folder, 'left.ndjson');
    await writeFile(path, line(1) + line(2).trim());
    const first = await recordsOf(await open(path, { follow: true }));
    expect(idsOf((await recordsOf(await open(path), first.cursor)).records)).toEqual(['2']);
  });

  test('is not unpacked again while it is followed and its size stays', async () => {
    const path = join(folder, 'followed.zst');
    const bytes = zstdCompressSync(randomBytes(4000).toString('hex').replaceAll(/.{8}/g, '{"text":"$&"}\n'));
    await writeFile(path, bytes);
    const first = await recordsOf(await open(path, { follow: true }));
    expect(first.records).toHaveLength(1000);
    // Whoever unpacks it now finds damage.
    await writeFile(path, bytes.fill(0, bytes.length - 200));
    const second = await recordsOf(await open(path, { follow: true }), first.cursor);
    expect(second.records).toEqual([]);
    await appendFile(path, 'more');
    expect((await recordsOf(await open(path, { follow: true }), first.cursor)).records).not.toEqual([]);
  });

  test('has nothing to deliver while it is followed and missing', async () => {
    const path = join(folder, 'rotated-away.ndjson');
    await writeFile(path, line(1));
    const missing: string[] = [];
    const followed = await open(path, { follow: true, onMissing: (gone) => missing.push(gone) });
    const finite = await open(path);
    rmSync(path);
    expect((await recordsOf(followed)).records).toEqual([]);
    expect(missing).toEqual([path]);
    await expect(recordsOf(finite)).rejects.toMatchObject({ code: 'INGEST_FILE' });
  });

  test('waits for the rest of a header while it is followed', async () => {
    const path = join(folder, 'header.csv');
    await writeFile(path, 'id,te');
    const first = await recordsOf(await open(path, { follow: true }));
    expect(first.records).toEqual([]);
    await appendFile(path, 'xt\n1,hello\n');
    const second = await recordsOf(await open(path, { follow: true }), first.cursor || undefined);
    expect(idsOf(second.records)).toEqual(['1']);
  });

  test('begins anew when another file has taken its place', async () => {
    const path = join(folder, 'rotated.ndjson');
    await writeFile(path, line(1) + line(2));
    const first = await recordsOf(await open(path));
    await writeFile(path, line(7) + line(8) + line(9));
    const second = await recordsOf(await open(path), first.cursor);
    expect(idsOf(second.records)).toEqual(['7', '8', '9']);
  });
});
