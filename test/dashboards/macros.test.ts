import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expandConditions, expandMacros } from '../../dashboards/macros.ts';

const range = {
  from: new Date('2014-11-12T11:45:26.123Z'),
  to: new Date('2015-11-12T11:45:26.456Z'),
  intervalSeconds: 20,
};

describe('macros give what the plugin gives', () => {
  test.each([
    ['$__fromTime', 'toDateTime(1415792726)'],
    ['$__toTime', 'toDateTime(1447328726)'],
    ['$__fromTime_ms', 'fromUnixTimestamp64Milli(1415792726123)'],
    ['$__toTime_ms', 'fromUnixTimestamp64Milli(1447328726456)'],
    ['$__timeFilter(at)', 'at >= toDateTime(1415792726) AND at <= toDateTime(1447328726)'],
    [
      '$__timeFilter(cast(at as timestamp) )',
      'cast(at as timestamp) >= toDateTime(1415792726) AND cast(at as timestamp) <= toDateTime(1447328726)',
    ],
    [
      '$__timeFilter_ms(at)',
      'at >= fromUnixTimestamp64Milli(1415792726123) AND at <= fromUnixTimestamp64Milli(1447328726456)',
    ],
    ['$__dateFilter(day)', "day >= toDate('2014-11-12') AND day <= toDate('2015-11-12')"],
    [
      '$__dateTimeFilter(day, at)',
      "(day >= toDate('2014-11-12') AND day <= toDate('2015-11-12')) AND (at >= toDateTime(1415792726) AND at <= toDateTime(1447328726))",
    ],
    ['$__timeInterval(at)', 'toStartOfInterval(toDateTime(at), INTERVAL 20 second)'],
    ['INTERVAL $__interval_s second', 'INTERVAL 20 second'],
    ['( at >= $__fromTime )', '( at >= toDateTime(1415792726) )'],
  ])('%s', (sql, expanded) => {
    expect(expandMacros(`SELECT 1 WHERE ${sql} LIMIT 1`, range)).toBe(`SELECT 1 WHERE ${expanded} LIMIT 1`);
  });

  test('a step is a whole second at least', () => {
    expect(expandMacros('$__interval_s', { ...range, intervalSeconds: 0.2 })).toBe('1');
    expect(expandMacros('$__interval_s', { ...range, intervalSeconds: 90.9 })).toBe('90');
  });

  test.each([
    ['$__timeFiltre(at)', /unknown macro/],
    ['$__timeFilter(a, b)', /takes 1 argument/],
    ['$__timeFilter', /takes 1 argument/],
    ['$__dateTimeFilter(a)', /takes 2 argument/],
    ['$__timeInterval($__fromTime)', /arguments of another/],
    ['$__timeFilter(a', /closing bracket/],
  ])('%s is refused', (sql, message) => {
    expect(() => expandMacros(sql, range)).toThrow(message);
  });
});

describe('$__conditionalAll', () => {
  const sql = 'a AND $__conditionalAll(b IN (${b:sqlstring}), $b) AND $__conditionalAll((c(1, 2) > 0), ${c})';

  test.each([
    [['b', 'c'], 'a AND 1=1 AND 1=1'],
    [['b'], 'a AND 1=1 AND (c(1, 2) > 0)'],
    [[], 'a AND b IN (${b:sqlstring}) AND (c(1, 2) > 0)'],
  ])('with %j standing for all', (all, expanded) => {
    expect(expandConditions(sql, (name) => all.includes(name))).toBe(expanded);
  });

  test.each(['$__conditionalAll(a)', '$__conditionalAll(a, b)', '$__conditionalAll(a, $b, $c)'])(
    '%s is refused',
    (text) => {
      expect(() => expandConditions(text, () => true)).toThrow(SyntaxError);
    },
  );
});

test('whatever stands outside of macros stays as it is', () => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !text.includes('$')),
      fc.string().filter((text) => !text.includes('$')),
      (before, after) => {
        // A bracket behind a macro without arguments is not its own.
        expect(expandMacros(`${before}$__interval_s ${after}`, range)).toBe(`${before}20 ${after}`);
      },
    ),
  );
});
