import { afterAll, beforeAll, describe, test } from 'vitest';
import { brokerMissing, startBroker, type Broker } from './broker.ts';

/** Tests with a broker; where none can be had one line says so, or fails where `CI_REQUIRE_KAFKA` is 1. */
export async function kafkaSuite(name: string, body: (broker: () => Broker) => void): Promise<void> {
  const missing = await brokerMissing();
  if (missing !== undefined) {
    describe(name, () => {
      test.skipIf(process.env['CI_REQUIRE_KAFKA'] !== '1')(missing, () => {
        throw new Error(missing);
      });
    });
    return;
  }
  let broker: Broker | undefined;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(async () => {
    await broker?.stop();
  });
  body(() => {
    if (!broker) throw new Error('the broker is not there yet');
    return broker;
  });
}
