import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { beforeAll, describe, expect, test } from 'vitest';
import { alertConfig } from '../../services/alert/config.ts';
import { createNames, type Names } from '../../services/alert/names.ts';
import { checkRule } from '../../services/alert/rule-book.ts';
import { loadWatchList } from '../../services/alert/watch-list.ts';
import { withoutSecrets } from '../../services/shared/settings/docs.ts';
import { loadSettings } from '../../services/shared/settings/load.ts';
import { inputSchema } from '../../services/shared/settings/walk.ts';
import { loadProducts } from '../../services/terminology/lexicon/lexicon.ts';
import { openTerminology } from '../../services/terminology/loaders/open.ts';
import { newFolder } from '../store/world.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const config = {
  ...alertConfig.parse({
    channels: [{ driver: 'webhook', name: 'on-call', url: 'https://receiver.example/', secret }],
    calendars: [{ name: 'nights', weekly: [{}] }],
  }),
  consoleUrl: 'http://localhost:8080',
};

let names: Names;
beforeAll(async () => {
  names = createNames(await openTerminology(), await loadProducts());
});

const rule = { kind: 'signal', id: 'mine', title: 'Mine' };
const check = (value: unknown) => checkRule(value, config, names);

test('the rules that come along are good, and each rule may say everything', () => {
  for (const one of config.rules) expect(check(one)).toMatchObject({ ok: true });
  const whole = {
    ...rule,
    products: ['Zoloft', 'VP0002'],
    productClasses: ['antidepressant'],
    terms: ['Headache', 'VS0058'],
    classes: ['heart', 'Skin'],
    sources: ['forum'],
    languages: ['en'],
    groupBy: 'product',
    preset: 'ema',
    statistic: 'ror',
    bound: 'lower',
    atLeast: 1,
    minPeople: 5,
    severity: 'critical',
    quietHours: 'nights',
    channels: ['on-call'],
    examples: 10,
    includeText: true,
  };
  const checked = check(whole);
  expect(checked).toMatchObject({ ok: true });
  if (!checked.ok) return;
  const resolved = names.resolve(checked.rule);
  expect(resolved).toMatchObject({
    ok: true,
    scope: { terms: ['VS0053', 'VS0058'], classes: ['heart', 'skin'] },
  });
  if (resolved.ok)
    expect(resolved.scope.products).toEqual(expect.arrayContaining(['VP0001', 'VP0002', 'VP0003']));
});

test.each([
  ['nothing', null, /^the rule: /],
  ['a list', [], /^the rule: /],
  ['an unknown kind', { ...rule, kind: 'signals' }, /^rule mine: kind: /],
  ['an unknown key', { ...rule, minpeople: 3 }, /^rule mine: unknown key minpeople$/],
  ['a bad id', { ...rule, id: "x'; DROP TABLE alerts" }, /^the rule: id: small letters/],
  ['a number as text', { ...rule, minPeople: 'three' }, /^rule mine: minPeople: expected number/],
  ['a bad duration', { ...rule, lookBack: 'a week' }, /^rule mine: lookBack: write it as 30m/],
  ['a duration without end', { ...rule, lookBack: '999w' }, /^rule mine: lookBack: at most a year/],
  [
    'a short look-back',
    { ...rule, lookBack: '1h', coolDown: '1d' },
    /^rule mine: lookBack: must be at least/,
  ],
  [
    'an unknown product',
    { ...rule, products: ['sertralin'.replace('in', 'inne')] },
    /unknown product "sertralinne"; did you mean sertraline\?$/,
  ],
  [
    'an unknown class of products',
    { ...rule, productClasses: ['antidepresant'] },
    /did you mean antidepressant\?$/,
  ],
  ['an unknown term', { ...rule, terms: ['Headach'] }, /unknown term "Headach"; did you mean Headache\?$/],
  ['an unknown organ class', { ...rule, classes: ['hart'] }, /did you mean heart\?$/],
  ['SQL for a term', { ...rule, terms: ["') OR 1=1 --"] }, /unknown term/],
  [
    'an unknown channel',
    { ...rule, channels: ['oncall'] },
    /unknown channel "oncall"; did you mean on-call\?$/,
  ],
  ['an unknown calendar', { ...rule, quietHours: 'night' }, /did you mean nights\?$/],
  ['a megabyte of a name', { ...rule, title: 'x'.repeat(1e6) }, /^rule mine: title: /],
])('%s gets one clear line', (_what, value, expected) => {
  const checked = check(value);
  expect(checked.ok).toBe(false);
  if (checked.ok) return;
  expect(checked.problem).toMatch(expected);
  expect(checked.problem).not.toContain('\n');
  expect(checked.problem.length).toBeLessThan(250);
});

describe('the list of serious reactions', () => {
  test('is linked to the vocabulary throughout, and has words for each kind of post', async () => {
    const list = await loadWatchList(names);
    expect(list.serious.events.length).toBeGreaterThan(100);
    for (const kind of ['pregnancy-exposure', 'death', 'overdose'] as const) {
      expect(list.posts[kind].events.length).toBeGreaterThan(0);
      expect(list.posts[kind].words).not.toBe('');
    }
  });

  test.each([
    ['serious', 'they rushed me to the ER and I was hospitalised', true],
    ['serious', 'I nearly died', true],
    ['serious', 'the hospital is next to the pharmacy, nothing wrong', false],
    ['death', 'my father died two days after it', true],
    ['death', 'my phone died again', false],
    ['death', 'this deadline is killing me', false],
    ['overdose', 'she overdosed on it', true],
    ['overdose', 'I took all my pills at once', true],
    ['overdose', 'a good dose of humour', false],
    ['pregnancy-exposure', "I'm 12 weeks pregnant and still on it", true],
    ['pregnancy-exposure', 'it was a pregnant pause', false],
  ] as const)('%s: %s', async (kind, text, expected) => {
    const list = await loadWatchList(names);
    const { words } = kind === 'serious' ? list.serious : list.posts[kind];
    expect(new RegExp(words.replace('(?i)', ''), 'i').test(text)).toBe(expected);
  });

  test.each([
    ['a header', 'kind\tname\n', /line 1: the header/],
    ['a kind', 'kind\tname\tconcepts\tother names\twords\nbad\tx\t\t\t\n', /line 2: the kind must be one of/],
  ])('%s that is wrong is told with its line', async (_what, text, expected) => {
    const file = join(newFolder(), 'list.tsv');
    writeFileSync(file, text);
    await expect(loadWatchList(names, file)).rejects.toThrow(expected);
  });
});

describe('settings', () => {
  const schema = z.strictObject({ alert: alertConfig.prefault({}) });
  const load = (alert: object, env: Record<string, string> = {}) => {
    const folder = newFolder();
    writeFileSync(join(folder, 'key'), `${secret}\n`);
    writeFileSync(join(folder, 'vigilstream.yaml'), JSON.stringify({ alert }));
    return loadSettings(schema, { cwd: folder, env }).settings.alert;
  };
  const webhook = { driver: 'webhook', name: 'a', url: 'https://receiver.example/token-in-path' };

  test('secrets in a list of channels come from files and variables, and are never shown', () => {
    const found = load(
      {
        channels: [
          { ...webhook, secret: 'file:key' },
          { driver: 'slack', name: 'b', url: 'env:SLACK_URL' },
        ],
      },
      { SLACK_URL: 'https://slack.example/very-secret' },
    );
    expect(found.channels).toMatchObject([{ secret }, { url: 'https://slack.example/very-secret' }]);
    const shown = JSON.stringify(withoutSecrets({ alert: found }, inputSchema(schema)));
    for (const word of [secret, 'very-secret', 'token-in-path']) expect(shown).not.toContain(word);
    expect(shown).toContain('"name":"b"');
  });

  test.each([
    [
      'a bad key',
      { channels: [{ ...webhook, secret: 'whsec_short' }] },
      /alert\.channels\.0\.secret is \*\*\*/,
    ],
    [
      'a bad address',
      { channels: [{ ...webhook, url: 'ftp://secret-host/', secret }] },
      /alert\.channels\.0\.url is \*\*\*/,
    ],
    [
      'a variable that is not set',
      { channels: [{ ...webhook, secret: 'env:NOT_THERE' }] },
      /alert\.channels\.0\.secret: the environment variable/,
    ],
    [
      'two channels of a name',
      {
        channels: [
          { ...webhook, secret },
          { ...webhook, secret },
        ],
      },
      /two channels share a name/,
    ],
    ['a bad rule', { rules: [{ ...rule, lookBack: 'x' }] }, /alert\.rules\.0\.lookBack/],
  ])('%s is told without the secret', (_what, alert, expected) => {
    expect(() => load(alert)).toThrow(expected);
    try {
      load(alert);
    } catch (error) {
      expect(String(error)).not.toMatch(/secret-host|whsec_short/);
    }
  });
});
