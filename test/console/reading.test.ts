import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ruleSchema } from '../../schemas/alerting.ts';
import { createFindings } from '../../services/console/findings.ts';
import { ruleFields, ruleKinds, ruleOfForm } from '../../services/console/pages/rule-form.ts';
import { cardText } from '../../services/console/pages/model-card.ts';
import { refreshSuperseded } from '../../services/store/queries/mentions.ts';
import { deletionRows } from '../../services/store/rows.ts';
import { authorDeletion, noon, postDeletion } from '../store/samples.ts';
import { insertSamples, openConsoleWorld, ownForm, type World } from './world.ts';

const bold = 'the new tablets: <b onclick="x()">headache</b> & "more"';
let world: World;
let app: ReturnType<World['open']>;

beforeAll(async () => {
  world = await openConsoleWorld();
  const { database } = world;
  await insertSamples(
    database,
    Array.from({ length: 60 }, (_, n) => n),
  );
  const copied = 'the new tablets gave me a headache like my neighbour';
  await insertSamples(database, [80, 81, 82], { text: copied });
  await insertSamples(database, [70], { refused: true, text: 'rain again, no tablets' });
  await insertSamples(database, [71], { text: bold });
  await insertSamples(database, [3], { revision: 1, text: 'the new tablets: dizzy, no headache after all' });
  const gap = {
    v: 1,
    source: 'forum',
    from: noon + 60_000,
    to: noon + 600_000,
    reason: 'buffer-expired',
    seen_at: noon,
  };
  await database.insert('vigilstream.gaps', [{ ...gap, v: undefined }], { token: 'gap' });
  app = world.open();
});
afterAll(() => world.database[Symbol.asyncDispose]());

const html = { accept: 'text/html' };

async function get(path: string): Promise<{ status: number; text: string }> {
  const answer = await app.request(path, { headers: html });
  return { status: answer.status, text: await answer.text() };
}

async function post(path: string, fields: Record<string, string>): Promise<Response> {
  const body = new URLSearchParams(fields).toString();
  return app.request(path, { method: 'POST', headers: { ...ownForm, ...html }, body });
}

describe('posts', () => {
  test('the pages go through all posts, each once', async () => {
    const ids = new Set<string>();
    let path = '/posts';
    for (let pages = 0; path !== '' && pages < 5; pages++) {
      const { status, text } = await get(path);
      expect(status).toBe(200);
      for (const [, id = ''] of text.matchAll(/href="\/posts\/([^"?]+)[^"]*" class="post-open"/g)) {
        expect(ids.has(id)).toBe(false);
        ids.add(id);
      }
      path = (/href="([^"]+)" rel="next"/.exec(text)?.[1] ?? '').replaceAll('&amp;', '&');
    }
    expect(ids.size).toBe(65);
  });

  test('a text is shown as it is written, never as markup', async () => {
    for (const path of ['/posts', '/posts/forum%3A71']) {
      const { text } = await get(path);
      expect(text).not.toContain('<b onclick');
      expect(text).toContain('&lt;b onclick=&quot;x()&quot;&gt;');
      expect(text).toContain('>headache</mark>');
    }
  });

  test.each([
    ['a word', '/posts?q=dizzy', 1],
    ['a term by its name', '/posts?concept=headache&q=number', 59],
    ['SQL text', `/posts?q=${encodeURIComponent("') OR 1=1 --")}`, 0],
    ['a product that nobody knows', `/posts?product=${encodeURIComponent("x' OR ''='")}`, 0],
    ['a time without posts', '/posts?from=2020-01-01&to=2020-01-02', 0],
  ])('the filter finds by %s', async (_what, path, posts) => {
    const { status, text } = await get(path);
    expect(status).toBe(200);
    expect(text).toContain(`<b>${posts} ${posts === 1 ? 'post' : 'posts'}</b>`);
  });

  test.each(['/products', '/reactions', '/reactions?level=class', '/products?duplicates=with'])(
    'the numbers of %s are those of the posts that they lead to',
    async (path) => {
      const { text } = await get(path);
      const links = [...text.matchAll(/<td class="number"><a href="(\/posts\?[^"]+)">([\d,]+)<\/a>/g)];
      expect(links.length).toBeGreaterThanOrEqual(2);
      for (const [index, [, href = '', count]] of links.entries()) {
        const { text: list } = await get(href.replaceAll('&amp;', '&'));
        const [, posts, people] = /<b>([\d,]+) posts?<\/b> by ([\d,]+) p/.exec(list) ?? [];
        expect(index % 2 === 0 ? people : posts, href).toBe(count);
      }
    },
  );

  test.each([
    '/posts?role=boss',
    '/posts?minP=2',
    '/posts?task=nope',
    '/posts?cursor=abc',
    `/posts?q=${'x'.repeat(501)}`,
  ])('what cannot be a filter is refused: %s', async (path) => {
    const { status, text } = await get(path);
    expect(status).toBe(400);
    expect(text).toContain('<h1>');
  });

  test('finding again with the form asks for all that the address did', async () => {
    const several = ['source', 'lang', 'country', 'class', 'product', 'concept'];
    const asked = several.map((name) => `${name}=aa&${name}=bb&${name}=cc`).join('&');
    const { text } = await get(`/posts?${asked}&q=x`);
    const form = formOf(/<form class="card filter"[\s\S]*?<\/form>/.exec(text)?.[0] ?? '');
    for (const name of several) expect([name, form[name]?.toSorted()]).toEqual([name, ['aa', 'bb', 'cc']]);
    expect(form['q']).toEqual(['x']);
  });

  test('a post that is edited shows both texts, one that the gate refused says so', async () => {
    const edited = await get('/posts/forum%3A3');
    expect(edited.text).toContain('dizzy, no <mark class="effect"');
    expect(edited.text).toContain('Earlier versions');
    expect((await get('/posts/forum%3A70')).text).toContain('The gate refused this post');
    expect((await get('/posts/forum%3A999')).status).toBe(404);
    expect((await get(`/posts/${'x'.repeat(400)}`)).status).toBe(404);
  });

  test('opening a post is written down before it is shown', async () => {
    const { text } = await get('/posts/forum%3A9');
    expect(text).toContain('Who looked at it');
    const trail = await get('/audit?action=post.read&object=forum%3A9');
    expect(trail.text.match(/<td>post\.read<\/td>/g)).toHaveLength(1);
  });
});

test('a silent source is told since when and why; one that never spoke is told too', async () => {
  const { text } = await get('/sources');
  expect(text).toContain('silent for 2 h');
  expect(text).toContain('It reported a gap: buffer-expired.');
  const settings = { ingest: { sources: [{ name: 'mine', driver: 'files' }] } };
  const other = world.open({}, { settings });
  const page = await (await other.request('/sources', { headers: html })).text();
  expect(page).toContain('never heard');
});

describe('roles', () => {
  const proxy = { addresses: ['10.0.0.1'], nameHeader: 'X-User', roleHeader: 'X-Role' };
  const as = async (role: string, path: string, fields?: Record<string, string>): Promise<number> => {
    const init = fields ? { method: 'POST', body: new URLSearchParams(fields).toString() } : {};
    const headers = { ...ownForm, ...html, 'X-User': 'kim', 'X-Role': role };
    const answer = await world
      .open({ auth: { proxy } })
      .request(path, { ...init, headers, from: '10.0.0.1' });
    return answer.status;
  };
  test.each([
    ['reader', '/posts', undefined, 200],
    ['reader', '/audit', undefined, 403],
    ['analyst', '/audit', undefined, 403],
    ['admin', '/audit', undefined, 200],
    ['reader', '/alerts/rules/new-signal', { do: 'delete' }, 403],
    ['reader', '/alerts/silences', { do: 'add', reason: 'x', for: '1d' }, 403],
    ['reader', '/alerts/channels', { channel: 'x', enabled: 'no' }, 403],
    ['analyst', '/alerts/silences', { do: 'add', reason: 'quiet please', for: '1d' }, 303],
    ['analyst', '/alerts/silences', { do: 'add', reason: '', for: '1d' }, 422],
    ['analyst', '/alerts/silences', { do: 'add', reason: 'x', for: 'ever' }, 422],
  ])('%s at %s', async (role, path, fields, status) => {
    expect(await as(role, path, fields)).toBe(status);
  });
});

describe('saved views', () => {
  test('a view keeps its filter; a query that is none is refused', async () => {
    const saved = await post('/posts', {
      do: 'save-view',
      name: 'mine',
      query: 'role=effect&range=7d',
    });
    expect([saved.status, saved.headers.get('location')]).toEqual([303, '/posts?role=effect&range=7d']);
    expect((await get('/posts')).text).toContain('href="/posts?role=effect&amp;range=7d"');
    expect((await post('/posts', { do: 'save-view', name: 'bad', query: 'a b\nc' })).status).toBe(422);
    expect((await post('/posts', { do: 'delete-view', id: 'nope', query: '' })).status).toBe(404);
  });
});

describe('rules', () => {
  test('what the form says wrong is told in a line, and what was typed stays', async () => {
    const answer = await post('/alerts/rules/new', {
      do: 'save',
      kind: 'post',
      id: 'x y',
      title: 'Kept as typed',
      of: 'death',
    });
    const text = await answer.text();
    expect(answer.status).toBe(422);
    expect(text).toContain('This is not a rule yet.');
    expect(text).toContain('value="Kept as typed"');
  });

  test('a rule is saved once under a name, changed, and deleted', async () => {
    const fields = {
      do: 'save',
      kind: 'pipeline',
      id: 'letters',
      title: 'Letters',
      watch: 'dead-letters',
      limit: '5',
    };
    expect((await post('/alerts/rules/new', fields)).status).toBe(303);
    expect((await post('/alerts/rules/new', fields)).status).toBe(422);
    expect((await post('/alerts/rules/letters', { ...fields, limit: '9' })).status).toBe(303);
    expect((await get('/alerts/rules/letters')).text).toContain('2: saved by local');
    expect((await post('/alerts/rules/letters', { do: 'delete', kind: 'pipeline' })).status).toBe(303);
    expect((await get('/alerts/rules')).text).not.toContain('letters');
    expect((await get('/alerts/rules/letters')).text).toContain('This rule was deleted');
    expect((await get('/alerts/rules/none-such')).status).toBe(404);
  });

  const list = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 3 });
  const shared = fc.record({
    id: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/),
    title: fc.stringMatching(/^[A-Za-z][A-Za-z "<>&']{0,30}[a-z]$/),
    enabled: fc.boolean(),
    severity: fc.constantFrom('info', 'warning', 'critical'),
    channels: fc.subarray(['one', 'two']),
    examples: fc.integer({ min: 0, max: 20 }),
    includeText: fc.boolean(),
  });
  const rules = fc.oneof(
    fc.record({
      kind: fc.constant('signal'),
      products: list,
      atLeast: fc.double({ min: 0, max: 9, noNaN: true }),
    }),
    fc.record({ kind: fc.constant('serious'), by: fc.constantFrom(['events'], ['events', 'words']) }),
    fc.record({ kind: fc.constant('post'), of: fc.constantFrom('death', 'overdose'), terms: list }),
    fc.record({ kind: fc.constant('pipeline'), watch: fc.constant('lag'), limit: fc.nat(9000) }),
  );

  test('a form gives back the rule that it shows', async () => {
    expect(ruleKinds.map(({ kind }) => kind)).toEqual(['signal', 'serious', 'post', 'pipeline']);
    await fc.assert(
      fc.asyncProperty(shared, rules, async (common, own) => {
        const rule = ruleSchema.parse({ ...common, ...own });
        const fields = await ruleFields(rule.kind, rule, { channels: ['one', 'two'], calendars: [] }, true);
        expect(ruleSchema.parse(ruleOfForm(formOf(fields.toString())))).toEqual(rule);
      }),
      { numRuns: 60 },
    );
  });
});

const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&', '#39': "'" };
const plain = (text: string): string =>
  text.replaceAll(/&(lt|gt|quot|amp|#39);/g, (_all, name: string) => entities[name] ?? '');

/** What a browser would send of the fields of a page. */
function formOf(page: string): Record<string, string[]> {
  const form: Record<string, string[]> = {};
  const add = (name: string, value: string): void => void (form[name] ??= []).push(plain(value));
  for (const [tag] of page.matchAll(/<input[^>]*>/g)) {
    const of = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
    if (!tag.includes('type="checkbox"') || /\schecked\b/.test(tag)) add(of('name'), of('value'));
  }
  for (const [, name = '', inner = ''] of page.matchAll(/<select name="(\w+)"[^>]*>([\s\S]*?)<\/select>/g)) {
    const options = [...inner.matchAll(/<option([^>]*)>([^<]*)<\/option>/g)];
    const chosen = options.find(([, marks = '']) => /\bselected\b/.test(marks)) ?? options[0];
    add(name, chosen?.[1]?.includes('value=""') ? '' : (chosen?.[2] ?? '').trim());
  }
  return form;
}

test('a model card becomes headings, lists and tables, and no markup of its own', async () => {
  const card = await cardText('# A <i>card</i>\n\n- one\n- `two`\n\n| a | b |\n|---|---|\n| **1** | 2 |\n');
  const page = card.toString();
  expect(page).toContain('<h3>A &lt;i&gt;card&lt;/i&gt;</h3>');
  expect(page).toContain('<code>two</code>');
  expect(page.replaceAll(/\s+/g, '')).toContain('<td><b>1</b></td><td>2</td>');
});

test('a post that is gone, edited or answered anew is read no more, before anything is counted again', async () => {
  const { database } = world;
  const told = (n: number) => ({ author: `author of ${n}`, text: `the tablets: headache of number ${n}` });
  for (const n of [200, 201, 202, 203, 205]) await insertSamples(database, [n], told(n));
  await insertSamples(database, [204], { ...told(204), run: 'replay-1' });
  await refreshSuperseded(database);
  const findings = createFindings(database, ['adverse_effect']);
  const found = async () =>
    (await findings.latest(100)).map(({ text }) => /number (20\d)/.exec(text)?.[1]).filter(Boolean);
  const listed = async () => {
    const { text } = await get('/products/v:tablets/v:headache?from=2026-03-01&to=2026-03-01');
    const all = (what: RegExp) => [...text.matchAll(what)].map(([, n]) => Number(n)).sort((a, b) => a - b);
    const numbers = all(/of number (20\d)/g);
    expect(all(/posts\/forum%3A(20\d)/g)).toEqual(numbers);
    return numbers;
  };
  expect(await found()).toEqual(['200', '201', '202', '203', '205']);
  expect(await listed()).toEqual([200, 201, 202, 203, 205]);
  for (const notice of [postDeletion(200), authorDeletion('author of 201')])
    for (const [table, row] of deletionRows(notice))
      await database.insert(`vigilstream.${table}`, [row], { token: JSON.stringify(row) });
  await insertSamples(database, [202], {
    author: 'author of 202',
    text: 'never mind',
    revision: 1,
    refused: true,
  });
  await insertSamples(database, [203], {
    ...told(203),
    model: 'sample-2',
    effect: 'no',
    analysedAt: noon + 900_000,
  });
  expect(await found()).toEqual(['205']);
  expect(await listed()).toEqual([203, 205]);
});
