import { setTimeout as sleep } from 'node:timers/promises';
import { Admin, ConfigResourceTypes, Producer, type ProducerOptions } from '@platformatic/kafka';
import { describe, expect, test } from 'vitest';
import { topics } from '../../schemas/topics.ts';
import type { Log, LogRecord } from '../../services/log/log.ts';
import { createKafkaLog } from '../../services/log/logs/kafka.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { createMetrics } from '../../services/shared/metrics.ts';
import type { Broker } from '../support/broker.ts';
import { kafkaSuite } from '../support/kafka-suite.ts';
import { crash, faultsIn, startWorker, untilCopied } from '../support/log-children.ts';
import { entries, logSettings, positionsAfter, puller, silentLogger, textOf } from '../support/log-tools.ts';

let worlds = 0;
const specs = topics.filter(({ name }) => ['posts', 'analyses', 'cursors'].includes(name));
const forever = new AbortController().signal;

function settingsFor(broker: Broker, more: object = {}) {
  return {
    driver: 'kafka' as const,
    kafka: {
      brokers: [broker.address],
      topicPrefix: `f${process.pid}-${worlds++}-`,
      sessionTimeoutMs: 6000,
      transactionTimeoutMs: 5000,
      ...more,
    },
  };
}

async function openLog(settings: ReturnType<typeof settingsFor>): Promise<Log> {
  return createKafkaLog(logSettings(settings), { clock: systemClock, logger: silentLogger });
}

async function all(log: Log, topic: 'posts' | 'analyses'): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for (const { partition, first } of await log.ranges([topic])) {
    for await (const batch of log.read({ topic, partition, offset: first }, forever))
      found.push(...batch.records);
  }
  return found;
}

await kafkaSuite('log kafka, faults', (broker) => {
  /** A producer as the driver makes it, to be left in the middle of a transaction. */
  function rawProducer(transactionalId: string): Producer {
    const options: ProducerOptions<Buffer, Buffer, Buffer, Buffer> = {
      clientId: 'raw',
      bootstrapBrokers: [broker().address],
      transactionalId,
      idempotent: true,
      producerId: -1n,
      producerEpoch: -1,
      timeout: 5000,
    };
    return new Producer(options);
  }

  describe('transactions that do not end well', () => {
    test('one producer that aborts, commits and aborts: only what it committed is read', async () => {
      const settings = settingsFor(broker());
      await using log = await openLog(settings);
      await log.createTopics(specs);
      const producer = rawProducer(`${settings.kafka.topicPrefix}mixed`);
      for (const [value, commits] of [
        ['one', false],
        ['two', true],
        ['three', false],
        ['four', true],
        ['five', false],
      ] as const) {
        const tx = await producer.beginTransaction({});
        const topic = `${settings.kafka.topicPrefix}posts`;
        await tx.send({
          messages: [{ topic, partition: 0, key: Buffer.from('k'), value: Buffer.from(value) }],
        });
        await (commits ? tx.commit() : tx.abort());
      }
      await producer.close();
      expect((await all(log, 'posts')).map(textOf)).toEqual(['two', 'four']);
    });

    test('a crash between sending and committing leaves nothing, and the work is done again', async () => {
      const settings = settingsFor(broker());
      await using log = await openLog(settings);
      await log.createTopics(specs);
      await log.append([{ topic: 'posts', entries: entries(20) }]);
      const one = await log.consumer({ group: 'g', topics: ['posts'], signal: forever });
      const records = await puller(one).pull(20);
      // The member sends its outputs and dies.
      const producer = rawProducer(`${settings.kafka.topicPrefix}dies`);
      const tx = await producer.beginTransaction({});
      const topic = `${settings.kafka.topicPrefix}analyses`;
      await tx.send({
        messages: records.map(({ partition, value }) => ({
          topic,
          partition,
          key: Buffer.from('k'),
          value: Buffer.from(value),
        })),
      });
      await producer.close(true);
      await one[Symbol.asyncDispose]();

      const two = await log.consumer({ group: 'g', topics: ['posts'], signal: forever });
      const again = await puller(two).pull(20);
      await two.appendAndCommit([{ topic: 'analyses', entries: again }], positionsAfter(again));
      await two[Symbol.asyncDispose]();
      // Reading to the end waits until the broker has given up the open transaction.
      expect((await all(log, 'analyses')).map(textOf).sort()).toEqual(records.map(textOf).sort());
    });
  });

  test('what a killed process has left open is ended by the next one, not by a time-out', async () => {
    const settings = settingsFor(broker(), { transactionTimeoutMs: 600_000 });
    await using log = await openLog(settings);
    await log.createTopics(specs);
    for (let round = 0; round < 5; round++) {
      const child = await startWorker({ dir: '', settings, role: 'produce' });
      await sleep(1200 + Math.random() * 400);
      await crash(child);
    }
    await using next = await openLog(settings);
    await next.createTopics(specs);
    const { posts, doubled } = await faultsIn(next);
    expect(posts).toBeGreaterThan(50);
    expect(doubled).toBe(0);
  }, 60_000);

  test('a member that hangs is replaced, and what it sends after waking up is refused by the cluster', async () => {
    const settings = settingsFor(broker());
    await using log = await openLog(settings);
    await log.createTopics(specs);
    await log.append([{ topic: 'posts', entries: entries(2000) }]);
    const other = await startWorker({ dir: '', settings, role: 'copy' });
    for (let tries = 0; tries < 200 && (await all(log, 'analyses')).length === 0; tries++) await sleep(20);
    other.kill('SIGSTOP');
    const stopped = performance.now();
    const mine = await startWorker({ dir: '', settings, role: 'copy' });
    await untilCopied(log, 25_000);
    expect(performance.now() - stopped).toBeLessThan(20_000);
    other.kill('SIGCONT');
    await sleep(2000);
    await crash(other);
    await crash(mine);
    expect(await faultsIn(log)).toEqual({ posts: 2000, lost: 0, doubled: 0 });
  });

  test('kills at random points, of one of two members, lose nothing and double nothing', async () => {
    const settings = settingsFor(broker());
    await using log = await openLog(settings);
    await log.createTopics(specs);
    const stays = await startWorker({ dir: '', settings, role: 'copy' });
    for (let round = 0; round < 6; round++) {
      const child = await startWorker({ dir: '', settings, role: 'both' });
      await sleep(300 + Math.random() * 1500);
      await crash(child);
    }
    await untilCopied(log, 60_000);
    await crash(stays);
    const faults = await faultsIn(log);
    expect(faults.posts).toBeGreaterThan(50);
    expect(faults).toMatchObject({ lost: 0, doubled: 0 });
  });

  test('the broker killed and started again under load loses nothing and doubles nothing', async (context) => {
    context.skip(!broker().own, 'the broker is not ours to kill');
    const settings = settingsFor(broker());
    await using log = await openLog(settings);
    await log.createTopics(specs);
    const child = await startWorker({ dir: '', settings, role: 'both', most: 4000 });
    await sleep(2500);
    await broker().kill();
    await sleep(1500);
    await broker().start();
    for (let tries = 0; tries < 240; tries++) {
      const ends = await log.ranges(['posts']);
      const posts = ends.some(({ next }) => next > 0) ? (await faultsIn(log)).posts : 0;
      if (posts >= 4000) break;
      await sleep(500);
    }
    await untilCopied(log, 60_000);
    await crash(child);
    const faults = await faultsIn(log);
    expect(faults.posts).toBeGreaterThanOrEqual(4000);
    expect(faults).toMatchObject({ lost: 0, doubled: 0 });
  });

  test('what was removed before it was read is passed over and counted', async () => {
    const settings = settingsFor(broker());
    const metrics = createMetrics();
    const deps = { clock: systemClock, logger: silentLogger, metrics };
    await using log = await createKafkaLog(logSettings({ ...settings, partitions: 1 }), deps);
    await log.createTopics(specs);
    await log.append([{ topic: 'posts', entries: entries(4) }]);
    const options = { group: 'g', topics: ['posts' as const], signal: forever, maxRecords: 1 };
    const early = await log.consumer(options);
    await early.commit(positionsAfter(await puller(early).pull(1)));
    await early[Symbol.asyncDispose]();
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: [broker().address] });
    const name = `${settings.kafka.topicPrefix}posts`;
    await admin.deleteRecords({ topics: [{ name, partitions: [{ partition: 0, offset: 3n }] }] });
    await admin.close();
    await using late = await log.consumer(options);
    expect((await puller(late).pull(1)).map(textOf)).toEqual(['3']);
    const { values } = await metrics.missed.get();
    expect(values).toMatchObject([{ labels: { topic: 'posts', group: 'g' }, value: 2 }]);
  });

  describe('signing in', () => {
    test.each([
      ['the right password', {}, {}, undefined],
      ['a wrong password', { password: 'wrong' }, {}, 'LOG_REFUSED'],
      ['no certificate of the authority', {}, { ca: undefined }, 'LOG_REFUSED'],
    ])('%s', async (_name, sasl, tls, code) => {
      const { guarded } = broker();
      if (!guarded) return;
      const { address, ca, username, password } = guarded;
      const settings = settingsFor(broker(), {
        brokers: [address],
        sasl: { mechanism: 'PLAIN', username, password, ...sasl },
        tls: { ca, ...tls },
      });
      const log = await openLog(settings);
      const work = log.createTopics(specs).then(() => log.append([{ topic: 'posts', entries: entries(3) }]));
      if (code === undefined) {
        await work;
        expect((await all(log, 'posts')).length).toBe(3);
      } else await expect(work).rejects.toMatchObject({ code, canRetry: false });
      await log[Symbol.asyncDispose]();
    });
  });

  test('topics are created as configured', async () => {
    const settings = settingsFor(broker());
    await using log = await createKafkaLog(logSettings({ ...settings, partitions: 3, retentionHours: 48 }), {
      clock: systemClock,
      logger: silentLogger,
    });
    await log.createTopics(specs);
    expect((await log.ranges(['posts'])).length).toBe(3);
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: [broker().address] });
    const configsOf = async (topic: string) => {
      const [found] = await admin.describeConfigs({
        resources: [
          {
            resourceType: ConfigResourceTypes.TOPIC,
            resourceName: `${settings.kafka.topicPrefix}${topic}`,
            configurationKeys: null,
          },
        ],
        includeSynonyms: false,
        includeDocumentation: false,
      });
      return Object.fromEntries((found?.configs ?? []).map(({ name, value }) => [name, value]));
    };
    expect(await configsOf('posts')).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': String(48 * 3_600_000),
    });
    expect(await configsOf('cursors')).toMatchObject({ 'cleanup.policy': 'compact' });
    await admin.close();
  });
});
