import { test } from 'vitest';
import { kafkaSuite } from '../support/kafka-suite.ts';
import { campaign } from './campaign.ts';
import { setting } from './report.ts';

const kills = setting('FAULT_ROUNDS_KAFKA', 100);

await kafkaSuite('kills', (broker) => {
  test(
    'kills at random points, of the whole and of single stages, on Kafka and the embedded store',
    { timeout: 600_000 + kills * 20_000 },
    () =>
      campaign('kill-kafka', kills, (world) => ({
        log: {
          driver: 'kafka',
          kafka: {
            brokers: [broker().address],
            topicPrefix: `kills${process.pid}-${world}-`,
            sessionTimeoutMs: 6000,
            transactionTimeoutMs: 5000,
          },
        },
      })),
  );
});
