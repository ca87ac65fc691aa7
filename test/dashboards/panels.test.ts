import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { annotations } from '../../dashboards/annotations.ts';
import { expandAsGrafana, expandPanel } from '../../dashboards/expand.ts';
import { panelNamed, panels } from '../../dashboards/index.ts';
import type { Panel } from '../../dashboards/panel.ts';
import { all, variables } from '../../dashboards/variables.ts';
import type { AnalysedPost } from '../../schemas/analysis.ts';
import { analysedPostRows, deletionRows } from '../../services/store/rows.ts';
import { analysedSample, postDeletion } from '../store/samples.ts';
import { createTables, day, days, type Tables } from './world.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await createTables();
}, 120_000);
afterAll(() => tables.close());

const asking = [...panels.values()].filter(({ kind }) => kind !== 'text');

function scopeOf(panel: Pick<Panel, 'minInterval'>, chosen: Record<string, string | string[]> = {}) {
  return {
    from: new Date(tables.now - days * day),
    to: new Date(tables.now + 3_600_000),
    intervalSeconds: Math.max(7200, panel.minInterval ?? 1),
    variables: { product: tables.product, term: tables.term, ...chosen },
  };
}

type Result = Awaited<ReturnType<Tables['ask']>>;
const isNumber = (type: string) => /^(Nullable\()?(U?Int|Float)/.test(type);
const isTime = (type: string) => /^(Nullable\()?DateTime/.test(type);

/** What Grafana and the console need of a result of this kind. */
function expectShape({ id, kind, split, columns = [] }: Panel, { meta, data }: Result): void {
  const types = new Map(meta.map(({ name, type }) => [name, type]));
  const names = [...types.keys()];
  // What the plugin turns into fields of a frame as they are.
  for (const type of types.values()) {
    expect(type, id).toMatch(/^(LowCardinality\(|Nullable\()?(String|U?Int\d+|Float\d+|DateTime(64)?)\b/);
  }
  const fields = columns.map(({ field }) => field);
  if (kind === 'timeseries' || kind === 'bars') {
    expect(types.get('time'), id).toSatisfy(isTime);
    const rest = names.filter((name) => name !== 'time');
    if (split) expect(rest).toEqual(['series', 'value']);
    else expect(rest.sort()).toEqual(fields.sort());
    for (const name of rest)
      if (name !== 'series') expect(types.get(name), `${id} ${name}`).toSatisfy(isNumber);
    const times = data.map(({ time }) => String(time));
    expect(times).toEqual(times.toSorted());
  } else if (kind === 'stat') {
    expect([data.length, names.length]).toEqual([1, 1]);
    expect(types.get(names[0] ?? ''), id).toSatisfy(isNumber);
  } else if (kind === 'ranking') {
    expect(names.sort()).toEqual(['label', ...fields].sort());
    expect(types.get('value'), id).toSatisfy(isNumber);
  } else if (kind === 'forest') {
    expect(names).toEqual(['label', 'people', 'estimate', 'lower', 'upper']);
    for (const { estimate, lower, upper } of data) {
      expect(Number(lower)).toBeGreaterThan(0);
      expect(Number(lower)).toBeLessThanOrEqual(Number(estimate));
      expect(Number(estimate)).toBeLessThanOrEqual(Number(upper));
    }
  } else {
    expect(names.sort()).toEqual(fields.sort());
    for (const { field, unit } of columns)
      if (unit) expect(types.get(field), `${id} ${field}`).toSatisfy(isNumber);
  }
}

test('the planted signal is in the world', () => {
  expect(tables.report.detected.length).toBeGreaterThan(0);
});

const choices: readonly Record<string, string | string[]>[] = [
  { level: 'class', duplicates: 'with' },
  // A level that another terminology has.
  { level: 'hlt', source: ['x', 'reddit'], lang: ['en', 'es'], model: ['sample-1'] },
  { product: [all], term: [all], source: [all] },
  { product: "'; DROP TABLE posts", term: '\\', lang: ["o'clock\t\n"] },
];

describe.each(asking.map((panel) => [panel.id, panel] as const))('%s', (_id, panel) => {
  test('returns rows of its kind through the endpoint, the same for Grafana and the console', async () => {
    const scope = scopeOf(panel);
    const asGrafana = await tables.ask(expandAsGrafana(panel.sql, scope));
    expect(asGrafana.data.length).toBeGreaterThan(0);
    expectShape(panel, asGrafana);
    const { sql, params } = expandPanel(panel, scope);
    const [bound, rows] = await Promise.all([
      tables.ask(sql, params),
      tables.database.query(sql, { params }),
    ]);
    expect(bound.meta).toEqual(asGrafana.meta);
    expect([bound.data.length, rows.length]).toEqual([asGrafana.data.length, asGrafana.data.length]);
  });

  test('answers whatever is chosen', async () => {
    const asked = choices.map((chosen) => {
      const term = chosen['level'] === 'class' ? tables.termClass : (chosen['term'] ?? tables.term);
      return expandPanel(panel, scopeOf(panel, { ...chosen, term }));
    });
    const answers = await Promise.all(asked.map(({ sql, params }) => tables.ask(sql, params)));
    for (const { meta } of answers) expect(meta.length).toBeGreaterThan(0);
  });
});

test.each(
  variables.flatMap((variable) => (variable.kind === 'query' ? [[variable.name, variable] as const] : [])),
)('the variable %s has values, one column of them', async (_name, { sql, named }) => {
  const { meta, data } = await tables.ask(expandAsGrafana(sql, scopeOf({})));
  expect([meta.length, data.length > 0]).toEqual([1, true]);
  const values = data.map((row) => String(Object.values(row)[0]));
  if (named) for (const value of values) expect(value).toMatch(/^.+ \[[^\]]+\]$/);
  expect(new Set(values).size).toBe(values.length);
});

test.each(annotations.map((annotation) => [annotation.id, annotation] as const))(
  'the annotation %s marks something',
  async (_id, { sql }) => {
    const { meta, data } = await tables.ask(expandAsGrafana(sql, scopeOf({})));
    expect(meta.map(({ name }) => name)).toEqual(['time', 'timeEnd', 'title', 'text', 'tags']);
    expect(meta[0]?.type).toSatisfy(isTime);
    expect(data.length).toBeGreaterThan(0);
  },
);

describe('the numbers are those of the world', () => {
  const one = async (id: string, chosen: Record<string, string> = {}) => {
    const { sql, params } = expandPanel(panelNamed(id), scopeOf(panelNamed(id), chosen));
    return (await tables.ask(sql, params)).data;
  };

  test('copies are counted only where they are asked for', async () => {
    const [without] = await one('effect-posts');
    const [withThem] = await one('effect-posts', { duplicates: 'with' });
    expect(Number(withThem?.['posts'])).toBeGreaterThan(Number(without?.['posts']));
    const [counted] = await tables.database.query<{ posts: number }>(
      "SELECT uniqExact(post_hash) AS posts FROM vigilstream.mentions_counted WHERE run = 'live'",
    );
    expect(Number(without?.['posts'])).toBe(counted?.posts);
  });

  test('people by day are the people of the product, each once a day', async () => {
    const days_ = await one('people-by-day');
    const rows = await tables.database.query<{ people: number }>(
      "SELECT uniqExact(author) AS people FROM vigilstream.mentions_counted WHERE run = 'live' GROUP BY day",
    );
    const sum = (values: readonly unknown[]) =>
      values.reduce<number>((total, value) => total + Number(value), 0);
    expect(sum(days_.map((row) => row['people']))).toBe(sum(rows.map((row) => row.people)));
    // Days on which nobody told of anything are there with a zero.
    expect(days_.length).toBeGreaterThanOrEqual(days);
  });

  test('the rise of the planted pair is the first of the movers, and the signal is marked in its series', async () => {
    const [first] = await one('top-movers');
    expect(first).toMatchObject({ product: 'montelukast', reaction: 'Nightmares' });
    const series = await one('signal-series');
    expect(series.some((row) => row['alerted'] !== null)).toBe(true);
  });

  test('marks lie on the words, and what a stranger writes stays text', async () => {
    const rows = await one('posts-list', { product: all, term: all });
    const texts = rows.map((row) => String(row['text']));
    for (const colour of ['#ffb37a', '#8fc7ff', '#d9d9d9']) {
      expect(texts.some((text) => text.includes(`<mark style="background:${colour}`))).toBe(true);
    }
    for (const text of texts) {
      const rest = text.replaceAll(/<mark style="background:#\w{6};color:#111">|<\/mark>/g, '');
      expect(rest.replaceAll(/\\[!-/:-@[-`{-~]/g, '')).not.toMatch(/[!-/:-@[-`{-~]/);
    }
  });

  test('an answer that does not stand is not counted and its post not shown', async () => {
    let batch = 0;
    async function say(
      n: number,
      defect: string,
      more: { revision?: number; model?: string; refused?: boolean; product?: string } = {},
    ): Promise<void> {
      const at = tables.now - 3_600_000 + batch * 1000;
      const { revision = 0, model = 'sample-1', refused = false, product = tables.product } = more;
      const said = {
        author: `parent ${n}`,
        text: `a headache, told by parent ${n}, ${revision}`,
        revision,
        refused,
      };
      const { post, analysis } = analysedSample(n, said);
      const record: AnalysedPost = {
        v: 1,
        post: { ...post, createdAt: tables.now - 3_600_000 + n, seenAt: at },
        analysis: {
          ...analysis,
          analysedAt: at,
          versions: { ...analysis.versions, model },
          products: analysis.products.map((named) => ({ ...named, id: product })),
          tasks: refused
            ? {}
            : {
                ...analysis.tasks,
                birth_defect: { label: defect, probability: 0.99, probabilities: [] },
                drug_use: { label: 'yes', probability: 0.9, probabilities: [] },
              },
        },
      };
      for (const [table, row] of analysedPostRows(record))
        await tables.database.insert(`vigilstream.${table}`, [row], { token: `told ${batch} ${table}` });
      batch++;
    }
    const numbers = async () => {
      const [people] = await one('birth-defect-people');
      const days_ = await one('birth-defects');
      const uses = await one('product-use');
      return [
        Number(people?.['people']),
        days_.reduce((sum, { defect }) => sum + Number(defect), 0),
        Number(uses.find(({ label }) => label === 'Take or took it')?.['value']),
      ];
    };
    const [people = 0, days_ = 0, uses = 0] = await numbers();

    await say(9001, 'defect');
    await say(9001, 'none', { revision: 1 });
    await say(9002, 'defect');
    await say(9002, 'none', { model: 'sample-2' });
    await say(9003, 'defect');
    await say(9003, 'none', { revision: 1, refused: true });
    await say(9004, 'defect');
    const [notice] = deletionRows(postDeletion(9004));
    await tables.database.insert('vigilstream.deletions', [notice?.[1] ?? {}], { token: 'told' });
    await say(9005, 'none');
    await say(9005, 'defect', { revision: 1 });
    await say(9006, 'none', { revision: 1, product: 'another' });
    await say(9006, 'none');

    // All but the third and fourth still take the product; the last one does not any more.
    expect(await numbers()).toEqual([people + 1, days_ + 1, uses + 3]);
    const read = async (id: string) =>
      (await one(id, { term: all }))
        .map((row) => String(row['text']))
        .join()
        .match(/parent 900\d/g)
        ?.sort();
    expect(await read('birth-defect-examples')).toEqual(['parent 9005']);
    // What is counted from mentions has not been refreshed; no text of what is gone is shown all the same.
    expect(await read('posts-list')).toEqual([9001, 9002, 9005, 9006].map((n) => `parent ${n}`));
  });
});
