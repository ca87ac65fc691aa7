import { afterAll, beforeAll, describe, test } from 'vitest';
import { createKafkaLog } from '../../services/log/logs/kafka.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { logContract } from '../contract/log.ts';
import { brokerMissing, startBroker, type Broker } from '../support/broker.ts';
import { logSettings, silentLogger } from '../support/log-tools.ts';

const missing = await brokerMissing();
let broker: Broker;
let worlds = 0;

beforeAll(async () => {
  if (!missing) broker = await startBroker();
});
afterAll(async () => {
  if (!missing) await broker.stop();
});

if (missing) {
  describe('log kafka', () => {
    test.skipIf(process.env['CI_REQUIRE_KAFKA'] !== '1')(missing, () => {
      throw new Error(missing);
    });
  });
} else {
  logContract('kafka', async () => {
    const topicPrefix = `t${process.pid}-${worlds++}-`;
    const settings = logSettings({
      driver: 'kafka',
      kafka: { brokers: [broker.address], topicPrefix, sessionTimeoutMs: 6000 },
    });
    const open = () => createKafkaLog(settings, { clock: systemClock, logger: silentLogger });
    const logs = [await open()];
    const [log] = logs;
    if (!log) throw new Error('no log');
    return {
      log,
      settleMs: 4000,
      async open() {
        const other = await open();
        logs.push(other);
        return other;
      },
      async close() {
        for (const one of logs.toReversed()) await one[Symbol.asyncDispose]();
      },
    };
  });
}
