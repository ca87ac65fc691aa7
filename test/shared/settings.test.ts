import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { secret } from '../../services/shared/secret.ts';
import { settingsPage, withoutSecrets } from '../../services/shared/settings/docs.ts';
import { loadSettings } from '../../services/shared/settings/load.ts';
import { inputSchema } from '../../services/shared/settings/walk.ts';

const schema = z.strictObject({
  dataDir: z.string().default('.data').describe('where data lies'),
  log: z
    .strictObject({
      driver: z.enum(['sqlite', 'kafka']).default('sqlite').describe('which log'),
      kafka: z
        .strictObject({
          brokers: z.array(z.string()).default(['localhost:9092']).describe('addresses'),
          sessionTimeoutMs: z.int().min(6000).default(10_000).describe('when a member is dead'),
          password: secret().default('').describe('for SASL'),
        })
        .prefault({}),
    })
    .prefault({}),
  channels: z
    .array(
      z.discriminatedUnion('driver', [
        z.strictObject({ driver: z.literal('hook'), name: z.string(), url: secret().min(5) }),
        z.strictObject({
          driver: z.literal('mail'),
          name: z.string(),
          host: z.string(),
          port: z.int().max(9),
        }),
      ]),
    )
    .default([])
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'two share a name')
    .describe('where messages go'),
});

function folderWith(yaml?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'settings-'));
  if (yaml !== undefined) writeFileSync(join(folder, 'vigilstream.yaml'), yaml);
  return folder;
}

const load = (yaml: string | undefined, env: Record<string, string> = {}, set: string[] = []) =>
  loadSettings(schema, { cwd: folderWith(yaml), env, set }).settings;

test('file, environment and command line override the defaults in this order', () => {
  const yaml = 'log: { kafka: { sessionTimeoutMs: 7000, brokers: [a:1] } }';
  expect(load(undefined).log.kafka.sessionTimeoutMs).toBe(10_000);
  expect(load(yaml).log.kafka.sessionTimeoutMs).toBe(7000);
  const env = { VIGILSTREAM_LOG_KAFKA_SESSION_TIMEOUT_MS: '8000', VIGILSTREAM_LOG_KAFKA_BROKERS: 'b:1, c:2' };
  expect(load(yaml, env).log.kafka).toMatchObject({ sessionTimeoutMs: 8000, brokers: ['b:1', 'c:2'] });
  expect(load(yaml, env, ['log.kafka.sessionTimeoutMs=9000']).log.kafka.sessionTimeoutMs).toBe(9000);
});

test('the value is frozen through and through', () => {
  const settings = load(undefined);
  expect(Object.isFrozen(settings.log.kafka.brokers)).toBe(true);
});

test.each([
  ['log: { drivr: kafka }', {}, 'setting log.drivr is unknown; did you mean log.driver?'],
  [
    'log: { driver: kafak }',
    {},
    'setting log.driver is "kafak"; allowed: sqlite, kafka; did you mean kafka?',
  ],
  [
    'log: { kafka: { sessionTimeoutMs: 10 } }',
    {},
    'setting log.kafka.sessionTimeoutMs is 10; allowed: a whole number from 6000',
  ],
  ['log: { kafka: { password: 7 } }', {}, 'setting log.kafka.password is ***; allowed: text'],
  [
    'channels: [{ driver: hok, name: a }]',
    {},
    'setting channels.0.driver is "hok"; allowed: hook, mail; did you mean hook?',
  ],
  ['channels: [{ name: a }]', {}, 'setting channels.0.driver is missing; allowed: hook, mail'],
  [
    'channels: [{ driver: mail, name: a, host: h, port: 1, url: u, to: t }]',
    {},
    'setting channels.0.url is unknown; known here: driver, name, host, port',
  ],
  [
    'channels: [{ driver: mail, name: a, host: h, port: 1, hots: u }]',
    {},
    'setting channels.0.hots is unknown; did you mean channels.0.host?',
  ],
  [
    'channels: [{ driver: mail, name: a, host: h, port: 10 }]',
    {},
    'setting channels.0.port is 10; allowed: a whole number up to 9',
  ],
  [
    '',
    { VIGILSTREAM_LOG_DRIVR: 'kafka' },
    'environment variable VIGILSTREAM_LOG_DRIVR is no setting; did you mean VIGILSTREAM_LOG_DRIVER?',
  ],
  ['- a\n- b', {}, 'a group of settings is expected at the top'],
  ['log: {', {}, 'not valid YAML'],
])('%j %j is refused in one line', (yaml, env, message) => {
  const run = () => load(yaml, env);
  expect(run).toThrow(message);
  expect(run).not.toThrow('\n');
});

test.each([
  ['two items', 'channels: [{driver: hook, name: a, url: hunter2}, {driver: hook, name: a, url: hunter2}]', 'two share a name'],
  ['a group for a list', 'channels: {driver: hook, name: a, url: hunter2}', 'channels is a group of settings'],
  ['a text for a group', 'channels: [hunter2]', 'channels.0 is ***; allowed: a group of settings'],
  ['an item of no known kind', 'channels: [{driver: hok, name: a, url: hunter2}]', 'channels.0.driver is "hok"'],
  ['a text for a group that holds one', 'log: {kafka: hunter2}', 'log.kafka is ***'],
  ['a list for a text', 'log: {kafka: {password: [hunter2]}}', 'log.kafka.password is a list; allowed: text'],
  ['a list for a group', 'log: {kafka: [hunter2]}', 'log.kafka is a list; allowed: a group of settings'],
])('a wrong setting does not show the secret in it: %s', (_what, yaml, message) => {
  const run = () => load(yaml);
  expect(run).toThrow(message);
  expect(run).not.toThrow('hunter2');
}); // prettier-ignore

test('a setting on the command line without a value is told by its name alone', () => {
  const run = () => load('', {}, ['log.kafka.password:hunter2']);
  expect(run).toThrow('--set log.kafka.password has no value');
  expect(run).not.toThrow('hunter2');
});

test('secrets come from files and are never shown', () => {
  const folder = folderWith('log: { kafka: { password: "file:pw" } }');
  writeFileSync(join(folder, 'pw'), 'hunter2\n');
  const { settings } = loadSettings(schema, { cwd: folder, env: {} });
  expect(settings.log.kafka.password).toBe('hunter2');
  expect(load('', { VIGILSTREAM_LOG_KAFKA_PASSWORD_FILE: join(folder, 'pw') }).log.kafka.password).toBe(
    'hunter2',
  );
  expect(JSON.stringify(withoutSecrets(settings, inputSchema(schema)))).not.toContain('hunter2');
});

test('the page lists every setting with its variable', () => {
  const page = settingsPage(inputSchema(schema));
  expect(page).toContain(
    '`log.kafka.sessionTimeoutMs` | when a member is dead | a whole number from 6000 | `10000` | `VIGILSTREAM_LOG_KAFKA_SESSION_TIMEOUT_MS`',
  );
});
