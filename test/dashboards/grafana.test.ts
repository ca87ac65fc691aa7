import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { annotations } from '../../dashboards/annotations.ts';
import { variablesOf } from '../../dashboards/expand.ts';
import { dashboardFile, grafanaDashboard, variablesNeeded } from '../../dashboards/grafana/dashboard.ts';
import { dashboards, panelNamed, panels } from '../../dashboards/index.ts';
import type { Link } from '../../dashboards/panel.ts';
import { variableNamed, variables } from '../../dashboards/variables.ts';

const folder = new URL('../../dashboards/json/', import.meta.url);

test('the files are those that the panels make', async () => {
  const made = dashboards.map(dashboardFile);
  expect((await readdir(folder)).sort()).toEqual(made.map(({ name }) => name).sort());
  for (const { name, text } of made) {
    const written: unknown = JSON.parse(await readFile(new URL(name, folder), 'utf8'));
    expect(written, `${name}: run npm run dashboards`).toEqual(JSON.parse(text));
  }
});

test('docs/grafana.md names every dashboard', async () => {
  const docs = await readFile(new URL('../../docs/grafana.md', folder), 'utf8');
  const titles = new Set(dashboards.map(({ title }) => title));
  const [, first = ''] = /console: ([^.]+)\./.exec(docs) ?? [];
  const table = docs.slice(docs.indexOf('| dashboard |')).matchAll(/^\| ([A-Z][\w ]+) \|/gm);
  expect(new Set(first.split(', '))).toEqual(titles);
  expect(new Set([...table].map(([, title]) => title))).toEqual(titles);
});

test('every panel is on a dashboard, and has a question of its own', () => {
  const placed = new Set(dashboards.flatMap(({ rows }) => rows.flat().map(([id]) => id)));
  expect([...panels.keys()].filter((id) => !placed.has(id))).toEqual([]);
  const asked = [...panels.values()].filter(({ kind }) => kind !== 'text');
  for (const { question } of asked) expect(question).toMatch(/\?/);
  expect(panels.size).toBeGreaterThan(50);
});

test('people and posts are named as such', () => {
  for (const { id, sql, unit, columns = [] } of panels.values()) {
    if (unit === 'people') expect(sql, id).toMatch(/uniqExact(If)?\((author|person)|n11/);
    if (unit === 'posts') expect(sql, id).not.toMatch(/uniqExact\(author/);
    for (const { field, unit: own } of columns)
      if (field === 'people') expect(own ?? 'people', id).toBe('people');
  }
});

describe.each(dashboards.map((dashboard) => [dashboard.id, dashboard] as const))('%s', (_id, dashboard) => {
  const model = grafanaDashboard(dashboard);
  const defined = new Set((model.templating.list ?? []).map(({ name }) => name));

  test('fills a grid of 24 columns without holes or overlaps', () => {
    for (const row of dashboard.rows) {
      expect(row.reduce((sum, [, width]) => sum + width, 0)).toBe(24);
      for (const [, width, height] of row) {
        expect(width).toBeGreaterThanOrEqual(4);
        expect(height).toBeGreaterThanOrEqual(4);
      }
      expect(new Set(row.map(([, , height]) => height)).size).toBe(1);
    }
    const ids = (model.panels ?? []).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('defines what its queries, its links and its annotations use', () => {
    const text = JSON.stringify(model);
    const used = [...text.matchAll(/\$\{(\w+):(?:sqlstring|queryparam|raw)\}/g)].map(([, name = '']) => name);
    expect(used.filter((name) => !defined.has(name))).toEqual([]);
    expect([...defined].sort()).toEqual(['console', 'datasource', ...variablesNeeded(dashboard)].sort());
    for (const name of dashboard.one) expect(defined).toContain(name);
    expect(model.annotations.list?.map(({ name }) => name)).toEqual(annotations.map(({ title }) => title));
  });

  test('columns of a table leave room for the others at 1400 pixels', () => {
    // What is left of 1400 pixels beside the docked menu, the padding and the edges of the panel.
    const space = 1400 - 240 - 60;
    for (const [id, width] of dashboard.rows.flat()) {
      const { columns = [], kind } = panelNamed(id);
      if (kind !== 'table' && kind !== 'posts') continue;
      const shown = columns.filter(({ hidden }) => !hidden);
      const fixed = shown.reduce((sum, column) => sum + (column.width ?? 0), 0);
      const free = shown.filter((column) => column.width === undefined).length;
      const least = kind === 'posts' ? 380 : 110;
      expect(fixed + free * least, id).toBeLessThanOrEqual((space * width) / 24);
      expect(free, id).toBeGreaterThan(0);
    }
  });

  test('asks the chosen data source only', () => {
    const sources = (model.panels ?? []).flatMap((panel) =>
      'targets' in panel ? (panel.targets ?? []) : [],
    );
    for (const target of sources) {
      expect(target).toMatchObject({
        refId: 'A',
        datasource: { type: 'grafana-clickhouse-datasource', uid: '${datasource}' },
        editorType: 'sql',
        rawSql: expect.stringMatching(/^(SELECT|WITH)\b/),
      });
    }
    expect(sources.length).toBeGreaterThan(3);
  });
});

describe('links', () => {
  const all: [string, Link, string[]][] = [...panels.values()].flatMap(({ id, links = [], columns = [] }) => {
    const fields = columns.map(({ field }) => field);
    return [...links, ...columns.flatMap((column) => column.links ?? [])].map(
      (link): [string, Link, string[]] => [id, link, fields],
    );
  });

  test.each(all)('of %s lead somewhere with what the row has', (_id, link, fields) => {
    if (link.to === 'dashboard') {
      const target = dashboards.find(({ id }) => id === link.dashboard);
      expect(target).toBeDefined();
      for (const [variable, column] of Object.entries(link.set)) {
        expect(target && variablesNeeded(target)).toContain(variable);
        expect(fields).toContain(column);
      }
    } else {
      const columns =
        link.to === 'address' ? [link.column] : [...link.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const column of columns) expect(fields).toContain(column);
    }
  });

  test('lead from the overview to a product, from there to its posts, and into the console', () => {
    const goals = (id: string) =>
      (dashboards.find((one) => one.id === id)?.rows ?? [])
        .flat()
        .map(([name]) => panelNamed(name))
        .flatMap(({ links = [], columns = [] }) => [
          ...links,
          ...columns.flatMap((column) => column.links ?? []),
        ])
        .map((link) => (link.to === 'dashboard' ? link.dashboard : link.to));
    expect(goals('overview')).toContain('product');
    expect(goals('product')).toContain('posts');
    expect(goals('posts')).toEqual(expect.arrayContaining(['address', 'console']));
    expect(goals('signals')).toEqual(expect.arrayContaining(['signals', 'product', 'posts', 'console']));
  });
});

test('queries of variables name variables that there are', () => {
  for (const variable of variables) {
    if (variable.kind !== 'query') continue;
    for (const name of variablesOf(variable.sql)) expect(variableNamed(name).name).not.toBe(variable.name);
  }
  expect(() => variableNamed('DROP TABLE')).toThrow('there is no variable (unknown)');
});
