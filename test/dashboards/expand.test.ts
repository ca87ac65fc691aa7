import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expandAsGrafana, expandPanel, expandQuery, variablesOf } from '../../dashboards/expand.ts';
import { panelNamed, panels } from '../../dashboards/index.ts';
import { all, variables } from '../../dashboards/variables.ts';

const scope = { from: new Date(0), to: new Date(86_400_000), intervalSeconds: 60, variables: {} };
const asking = [...panels.values()].filter(({ kind }) => kind !== 'text');
const names = variables.filter(({ kind }) => kind !== 'constant').map(({ name }) => name);

/** What people have tried, and whatever else there is. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    "' OR 1=1 --",
    "\\' OR 1=1 --",
    '${product:sqlstring}',
    '$__timeFilter(x)',
    '{term_0:String}',
    "'); DROP TABLE posts; --",
    '$&',
    "$'",
    all,
  ),
);

test('a value is bound, and never part of the text', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...asking),
      fc.dictionary(fc.constantFrom(...names), fc.array(hostile, { minLength: 1, maxLength: 3 })),
      (panel, values) => {
        const { sql, params } = expandPanel(panel, { ...scope, variables: values });
        // The same query with other values of the same number is the same text.
        const harmless = Object.fromEntries(
          Object.entries(values).map(([name, list]) => [
            name,
            list.every((value) => value === '' || value === all) ? list : list.map((_, n) => `v${n}`),
          ]),
        );
        expect(expandPanel(panel, { ...scope, variables: harmless }).sql).toBe(sql);
        for (const [, name = ''] of sql.matchAll(/\{(\w+):String\}/g)) expect(params).toHaveProperty(name);
        for (const [name, value] of Object.entries(params)) {
          const [, variable = '', index = ''] = /^(\w+)_(\d+)$/.exec(name) ?? [];
          const chosen = values[variable]?.[Number(index)];
          if (chosen !== undefined) expect(value).toBe(chosen);
        }
      },
    ),
  );
});

test('what is left out has its initial value', () => {
  const { sql, params } = expandQuery(
    'SELECT ${level:sqlstring} WHERE $__conditionalAll(source IN (${source:sqlstring}), $source)',
    scope,
  );
  expect(sql).toBe('SELECT {level_0:String} WHERE 1=1');
  expect(params).toEqual({ level_0: 'term' });
});

test('Grafana writes values as texts in quotes', () => {
  const sql = 'SELECT 1 WHERE $__conditionalAll(source IN (${source:sqlstring}), $source)';
  const expand = (source: string | string[]) => expandAsGrafana(sql, { ...scope, variables: { source } });
  expect(expand(["o'clock", 'x'])).toBe("SELECT 1 WHERE source IN ('o''clock','x')");
  expect(expand([all])).toBe('SELECT 1 WHERE 1=1');
  expect(expand('')).toBe('SELECT 1 WHERE 1=1');
});

test('the step of a panel is not shorter than it can be', () => {
  const { sql } = expandPanel(panelNamed('people-by-day'), scope);
  expect(sql).toContain('INTERVAL 86400 second');
});

test('there is no variable of that name', () => {
  expect(() => expandQuery('SELECT ${nobody:sqlstring}', scope)).toThrow(/there is no variable nobody/);
});

test.each(asking.map((panel) => [panel.id, panel] as const))(
  '%s keeps to what Grafana and a reader can do',
  (_id, panel) => {
    // Every variable in quotes, every macro known, and nothing that a reader may not say.
    const bare = panel.sql.replaceAll(/\$\{\w+:sqlstring\}/g, '').replaceAll(/,\s*\$\w+\)/g, ')');
    expect(bare.replaceAll(/\$__\w+/g, '')).not.toContain('$');
    const code = panel.sql.replaceAll(/'[^']*'/g, "''");
    expect(code).not.toMatch(/\bSETTINGS\b|--|\/\*|#|\bFORMAT\b|;/);
    // Grafana's other way to name a variable.
    expect(panel.sql).not.toContain('[[');
    for (const name of variablesOf(panel.sql)) expect(names).toContain(name);
    // The plugin's older versions split the arguments of macros at any comma.
    for (const [, args = ''] of panel.sql.matchAll(/\$__(?:time|date)\w+\(([^)]*)\)/g))
      expect(args).not.toContain(',');
  },
);
