import { createKafkaLog } from '../../services/log/logs/kafka.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { logContract } from '../contract/log.ts';
import { kafkaSuite } from '../support/kafka-suite.ts';
import { logSettings, silentLogger } from '../support/log-tools.ts';

let worlds = 0;

await kafkaSuite('log kafka', (broker) => {
  logContract('kafka', async () => {
    const settings = logSettings({
      driver: 'kafka',
      kafka: {
        brokers: [broker().address],
        topicPrefix: `t${process.pid}-${worlds++}-`,
        sessionTimeoutMs: 6000,
      },
    });
    const open = () => createKafkaLog(settings, { clock: systemClock, logger: silentLogger });
    const log = await open();
    const logs = [log];
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
});
