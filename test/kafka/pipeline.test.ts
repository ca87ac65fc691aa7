import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { simulate, type Simulated } from '../e2e/simulated.ts';
import { createScene, remove, startCommand, succeed, type Place } from '../e2e/scene.ts';
import { startEndpoint, type Running as Server } from '../store/endpoint/harness.ts';
import { freePort, until, type Running } from '../support/monitor.ts';
import { kafkaSuite } from '../support/kafka-suite.ts';

type Service = { readonly command: string[]; readonly environment: Record<string, string> };

/** The stages of the compose file as they stand there, anchors resolved. */
const compose = parse(readFileSync(join(import.meta.dirname, '..', '..', 'docker-compose.yml'), 'utf8'), {
  merge: true,
}) as { services: Record<string, Service> };

type Row = {
  readonly key: string;
  /** What no model has a part in. */
  readonly exact: string;
  readonly labels: readonly string[];
  readonly spans: string;
  readonly probabilities: number[];
};
type Tables = {
  readonly posts: string[];
  readonly analyses: Row[];
  readonly deletions: string[];
  readonly drops: string[];
  readonly deadLetters: string[];
};

const tasks = (
  JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'schemas', 'tasks.json'), 'utf8')) as {
    tasks: { id: string; kind: string }[];
  }
).tasks
  .filter(({ kind }) => kind === 'sentence')
  .map(({ id }) => id);

/** Everything but times of our own and what the order of arrival decides; rows as they lie on the disk, without FINAL. */
const everything = `SELECT
  (SELECT groupArray(toString((post_id, revision, source, platform, kind, text, lang, country, created_at, author, author_followers, author_age,
     author_automated, reply_to, thread_id, repost_of, links, permalink, edits, edited_at, cluster, flags))) FROM vigilstream.posts) AS posts,
  (SELECT groupArray((concat(post_id, ' ', toString(revision)), toString((gate, run, model, thresholds, terminology, code, truncated, products.name, products.start, products.end_utf16)),
     [${tasks.map((task) => `toString(${task})`).join(', ')}],
     toString((spans.label, spans.start, spans.end, spans.start_utf16, spans.end_utf16, spans.text, spans.level, spans.concept_id, spans.class_id)),
     [${tasks.map((task) => `${task}_p`).join(', ')}])) FROM vigilstream.analyses) AS analyses,
  (SELECT groupUniqArray(toString((post_id, author, source, reason))) FROM vigilstream.deletions) AS deletions,
  (SELECT groupArray(toString((source, stage, reason, n))) FROM (SELECT source, stage, reason, sum(count) AS n FROM vigilstream.drops GROUP BY ALL)) AS drops,
  (SELECT groupArray(toString((source, stage, reason, bytes, detail))) FROM vigilstream.dead_letters) AS deadLetters
  FORMAT JSONEachRow`;

type Answer = Omit<Tables, 'analyses'> & {
  readonly analyses: readonly (readonly [string, string, string[], string, number[]])[];
};

function tablesOf(json: string): Tables {
  const found = JSON.parse(json) as Answer;
  return {
    posts: found.posts.toSorted(),
    analyses: found.analyses
      .map(([key, exact, labels, spans, probabilities]) => ({ key, exact, labels, spans, probabilities }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    deletions: found.deletions.toSorted(),
    drops: found.drops.toSorted(),
    deadLetters: found.deadLetters.toSorted(),
  };
}

/**
 * No two runs have the same batches, and weights of 8 bits may round by what else is in one. What does not come
 * from the model (gate, products, versions) is the same to the last byte; of the model's answers 99.5 % are.
 */
function compareAnalyses(found: readonly Row[], wanted: readonly Row[]): void {
  expect(found.map(({ key }) => key)).toEqual(wanted.map(({ key }) => key));
  expect(found.map(({ exact }) => exact)).toEqual(wanted.map(({ exact }) => exact));
  let [analysed, answers, spans, distance] = [0, 0, 0, 0];
  for (const [index, row] of found.entries()) {
    const twin = wanted[index];
    if (!row.labels.some((label) => label !== '')) continue;
    analysed++;
    answers += row.labels.filter((label, task) => label === twin?.labels[task]).length;
    if (row.spans === twin?.spans) spans++;
    for (const [task, value] of row.probabilities.entries())
      distance += Math.abs(value - (twin?.probabilities[task] ?? 9));
  }
  const asked = analysed * tasks.length;
  expect(analysed).toBeGreaterThan(100);
  expect(answers / asked).toBeGreaterThanOrEqual(0.995);
  expect(spans / analysed).toBeGreaterThanOrEqual(0.995);
  expect(distance / asked).toBeLessThan(0.005);
}

function compare(found: Tables, wanted: Tables): void {
  expect(found.posts).toEqual(wanted.posts);
  expect(found.deletions).toEqual(wanted.deletions);
  expect(found.drops).toEqual(wanted.drops);
  expect(found.deadLetters).toEqual(wanted.deadLetters);
  compareAnalyses(found.analyses, wanted.analyses);
}

/** Each stage as a process of its own, with the command line and the variables of the compose file, on our sources. */
async function runStages(
  place: Place,
  address: string,
  topicPrefix: string,
  more: Record<string, string>,
): Promise<void> {
  const running: Running[] = [];
  const ports: number[] = [];
  const start = async (name: string, args: readonly string[] = []): Promise<Running> => {
    const service = compose.services[name];
    if (!service) throw new Error(`no service ${name} in the compose file`);
    const port = await freePort();
    ports.push(port);
    const child = startCommand(place, [...service.command, ...args], {
      ...service.environment,
      VIGILSTREAM_INGEST_SOURCES: JSON.stringify(simulated.sources),
      VIGILSTREAM_LOG_KAFKA_BROKERS: address,
      VIGILSTREAM_LOG_KAFKA_TOPIC_PREFIX: topicPrefix,
      VIGILSTREAM_MONITOR_HOST: '127.0.0.1',
      VIGILSTREAM_MONITOR_PORT: String(port),
      ...more,
    });
    running.push(child);
    return child;
  };
  try {
    await start('store');
    await start('infer');
    await start('infer');
    const healthy = async (port: number): Promise<boolean> =>
      (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
    await until('three stages are ready', async () => (await Promise.all(ports.map(healthy))).every(Boolean));
    const ingest = await start('ingest', ['--once']);
    const ended = await Promise.race(running.map(({ exit }) => exit));
    expect([ended, ingest.written.stderr.slice(-500), await ingest.exit]).toEqual([0, expect.any(String), 0]);
  } finally {
    for (const { process: child } of running) child.kill('SIGTERM');
    const statuses = await Promise.all(running.map(({ exit }) => exit));
    expect([statuses, running.map(({ written }) => written.stderr.slice(-400)).join('\n')]).toEqual([
      statuses.map(() => 0),
      expect.any(String),
    ]);
  }
  for (const { written } of running.slice(1, 3)) expect(written.stderr).toContain('infer runs');
}

let simulated: Simulated;
let embedded: Promise<Tables> | undefined;

const input = mkdtempSync(join(tmpdir(), 'vigilstream-kafka-in-'));

async function newPlace(): Promise<Place> {
  simulated ??= await simulate(input, { seed: 5, days: 8, postsPerDay: 250, signal: false });
  // One key for all, or every author would be somebody else.
  const keyFile = join(input, 'secret', 'author.key');
  return createScene({ privacy: { keyFile }, ingest: { sources: simulated.sources } });
}

const query = async (place: Place): Promise<Tables> =>
  tablesOf((await succeed(place, ['query', everything])).stdout);

function embeddedTables(): Promise<Tables> {
  embedded ??= (async () => {
    const place = await newPlace();
    await succeed(place, ['run', 'ingest', 'infer', 'store', '--once']);
    const tables = await query(place);
    remove(place);
    return tables;
  })();
  return embedded;
}

await kafkaSuite('four processes on a broker', (broker) => {
  test('the stages of the compose file fill an embedded store like one process alone does', async () => {
    const wanted = await embeddedTables();
    expect(wanted.posts.length).toBe(simulated.expected.total.accepted);
    const place = await newPlace();
    await runStages(place, broker().address, 'first.', { VIGILSTREAM_STORE_DRIVER: 'chdb' });
    compare(await query(place), wanted);
    remove(place);
  });

  test('with the tables on a ClickHouse server', async () => {
    const wanted = await embeddedTables();
    const place = await newPlace();
    const server: Server = await startEndpoint({ write: true, tables: 'none' });
    try {
      await runStages(place, broker().address, 'second.', {
        VIGILSTREAM_STORE_CLICKHOUSE_URL: server.url,
        VIGILSTREAM_STORE_CLICKHOUSE_USERNAME: 'reader',
        VIGILSTREAM_STORE_CLICKHOUSE_PASSWORD: server.password,
      });
      const response = await fetch(server.url, {
        method: 'POST',
        body: everything,
        headers: { 'X-ClickHouse-User': 'reader', 'X-ClickHouse-Key': server.password },
      });
      const text = await response.text();
      expect([response.status, response.ok ? '' : text]).toEqual([200, '']);
      compare(tablesOf(text), wanted);
    } finally {
      await server.close();
      remove(place);
    }
  });
});

process.on('exit', () => rmSync(input, { recursive: true, force: true }));
