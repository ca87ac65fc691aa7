import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../../services/shared/logger.ts';
import { createMetrics } from '../../../services/shared/metrics.ts';
import { openEngine } from '../../../services/store/databases/chdb/engine.ts';
import { readerPassword } from '../../../services/store/endpoint/auth.ts';
import { endpointConfig, type EndpointConfig } from '../../../services/store/endpoint/config.ts';
import { createEndpoint } from '../../../services/store/endpoint/endpoint.ts';
import { readMigrations, readRepeatables, render } from '../../../services/store/migrations.ts';

/** Rows in `posts`, the same in every test: ids, sources and times follow from the number. */
export const postRows = 20_000;

const fill = `
INSERT INTO vigilstream.posts (post_id, revision, source, platform, kind, text, lang, country, created_at, seen_at, author)
SELECT concat('bluesky:', toString(number)), 0, ['bluesky', 'reddit', 'mastodon'][number % 3 + 1], 'test', 'post',
       concat('the new tablets gave me a headache, number ', toString(number)), ['en', 'de'][number % 2 + 1], '',
       toDateTime64('2026-01-01 00:00:00', 3, 'UTC') + number * 60, toDateTime64('2026-01-01 00:00:00', 3, 'UTC') + number * 60,
       leftPad(lower(hex(number % 1000)), 32, '0')
FROM numbers(${postRows})`;

const answers = `
INSERT INTO vigilstream.analyses (post_id, revision, run, model, gate, source, platform, kind, lang, created_at, seen_at, author, analysed_at, adverse_effect, adverse_effect_p)
SELECT post_id, revision, 'live', 'test', 'passed', source, platform, kind, lang, created_at, seen_at, author, seen_at,
       ['no', 'yes'][cityHash64(post_id) % 10 = 0 ? 2 : 1], 0.9
FROM vigilstream.posts`;

/** `tables` are the project's own, with rows or empty; `none` is a server that nothing has been made on. */
export type Settings = Partial<EndpointConfig> & {
  readonly write?: true;
  readonly tables?: 'filled' | 'empty' | 'none';
};

/** An endpoint on a fresh folder, on any free port. */
export async function startEndpoint({ write, tables = 'filled', ...settings }: Settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'vigilstream-endpoint-'));
  const engine = await openEngine({ path: join(folder, 'chdb') });
  const session = engine.connect();
  if (tables !== 'none') {
    const target = { engine: 'plain', cluster: '', retentionDays: { posts: 0, flow: 0 } } as const;
    await session.queryAsync('CREATE DATABASE IF NOT EXISTS vigilstream');
    for (const { text } of [...(await readMigrations()), ...(await readRepeatables())]) {
      for (const statement of render(text, target)) await session.queryAsync(statement);
    }
  }
  if (tables === 'filled') {
    await session.queryAsync(fill);
    await session.queryAsync(answers);
  }
  session.close();

  const logged: string[] = [];
  const stream = { write: (line: string) => logged.push(line) } as unknown as NodeJS.WritableStream;
  const metrics = createMetrics();
  const secrets = join(folder, 'secrets');
  const endpoint = await createEndpoint(endpointConfig.parse({ port: 0, ...settings }), {
    engine,
    secrets,
    metrics,
    logger: createLogger({ level: 'trace', format: 'json', stream }),
    ...(write ? { write } : {}),
  });
  const password = await readerPassword(secrets);
  const authorization = `Basic ${Buffer.from(`reader:${password}`).toString('base64')}`;

  return {
    ...endpoint.address,
    folder,
    secrets,
    engine,
    password,
    authorization,
    logged,
    /** Sends a statement as a body, with settings in the address. */
    async ask(sql: string, query: Record<string, string> = {}, headers: Record<string, string> = {}) {
      const response = await fetch(`${endpoint.address.url}/?${new URLSearchParams(query).toString()}`, {
        method: 'POST',
        body: sql,
        headers: { authorization, ...headers },
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
    async outcome(name: string): Promise<number> {
      const { values } = await metrics.endpoint.get();
      return values.find(({ labels }) => labels.outcome === name)?.value ?? 0;
    },
    async close() {
      await endpoint.close();
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
export type Running = Awaited<ReturnType<typeof startEndpoint>>;

/** Every file below a folder with its size, but for what the engine itself writes on and on. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/chdb\/engine\//.test(name) && statSync(join(folder, name)).isFile())
    .map((name) => `${name} ${statSync(join(folder, name)).size}`)
    .sort();
}
