import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { logConfig } from '../services/log/config.ts';
import { logs } from '../services/log/logs/index.ts';
import type { Entry, Log } from '../services/log/log.ts';
import { systemClock } from '../services/shared/clock.ts';
import { createLogger } from '../services/shared/logger.ts';
import { brokerMissing, startBroker } from '../test/support/broker.ts';
import { median } from './shared/median.ts';
import { writeResult } from './shared/result.ts';

const batch = 500;
const valueBytes = 1024;

type Row = { driver: string; appendPerSecond: number; readPerSecond: number; stepsPerSecond: number };

function batches(records: number): Entry[][] {
  const value = new Uint8Array(valueBytes).map((_, i) => (i * 31) % 251);
  return Array.from({ length: records / batch }, (_, b) =>
    Array.from({ length: batch }, (_unused, i) => ({ key: `bench:${b * batch + i}`, value })),
  );
}

/** Records per second: appended in batches of 500, read by a group, and read, appended and committed in one step. */
async function measure(log: Log, records: number, round: number): Promise<Omit<Row, 'driver'>> {
  const work = batches(records);
  const start = performance.now();
  // Two callers, as a stage that prepares a batch while the one before is written.
  await Promise.all(
    [0, 1].map(async (side) => {
      for (let i = side; i < work.length; i += 2)
        await log.append([{ topic: 'posts', entries: work[i] ?? [] }]);
    }),
  );
  const appended = performance.now();
  const read = await consume(log, `read-${round}`, records, false);
  const steps = await consume(log, `step-${round}`, Math.min(records, 20_000), true);
  return {
    appendPerSecond: (records / (appended - start)) * 1000,
    readPerSecond: read,
    stepsPerSecond: steps,
  };
}

async function consume(log: Log, group: string, records: number, produce: boolean): Promise<number> {
  const end = new AbortController();
  const start = performance.now();
  await using consumer = await log.consumer({
    group,
    topics: ['posts'],
    signal: end.signal,
    maxRecords: batch,
  });
  let seen = 0;
  for await (const { topic, partition, records: some } of consumer) {
    seen += some.length;
    const position = { topic, partition, offset: (some.at(-1)?.offset ?? 0) + 1 };
    if (produce) {
      await consumer.appendAndCommit([{ topic: 'analyses', entries: some }], [position]);
    } else if (seen % (batch * 20) < batch) await consumer.commit([position]);
    if (seen >= records) break;
  }
  return (seen / (performance.now() - start)) * 1000;
}

async function bench(driver: 'sqlite' | 'kafka' | 'memory', records: number, broker?: string): Promise<Row> {
  const rows: Omit<Row, 'driver'>[] = [];
  for (let round = 0; round < 3; round++) {
    const dataDir = await mkdtemp(join(tmpdir(), 'bench-log-'));
    const config = logConfig.parse({
      driver,
      kafka: { topicPrefix: `bench-${Date.now()}-`, ...(broker && { brokers: [broker] }) },
    });
    const logger = createLogger({ level: 'warn', format: 'auto' });
    const log = await logs[driver].create(config, { clock: systemClock, logger, dataDir });
    await log.createTopics([
      { name: 'posts', partitions: 'configured', retentionMs: 86_400_000, key: 'post id' },
      { name: 'analyses', partitions: 'configured', retentionMs: 86_400_000, key: 'post id' },
    ]);
    rows.push(await measure(log, records, round));
    await log[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  }
  const of = (pick: (row: Omit<Row, 'driver'>) => number): number => Math.round(median(rows.map(pick)));
  return {
    driver,
    appendPerSecond: of((row) => row.appendPerSecond),
    readPerSecond: of((row) => row.readPerSecond),
    stepsPerSecond: of((row) => row.stepsPerSecond),
  };
}

/** Append and read of each driver, medians of three; Kafka where a broker is or can be started. */
export async function benchLog(records = 100_000): Promise<Row[]> {
  const rows = [await bench('sqlite', records), await bench('memory', records)];
  if (!(await brokerMissing())) {
    const broker = await startBroker();
    rows.push(await bench('kafka', records, broker.address));
    await broker.stop();
  }
  return rows;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, records: { type: 'string' } } });
  const rows = await benchLog(values.records === undefined ? undefined : Number(values.records));
  const figures = { bench: 'log', batch, valueBytes, rows };
  writeResult('log', figures);
  if (values.json) console.log(JSON.stringify(figures, undefined, 2));
  else console.table(rows);
}
