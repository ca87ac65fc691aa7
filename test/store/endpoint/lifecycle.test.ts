import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../../../services/shared/logger.ts';
import { createMetrics } from '../../../services/shared/metrics.ts';
import { endpointConfig } from '../../../services/store/endpoint/config.ts';
import { createEndpoint } from '../../../services/store/endpoint/endpoint.ts';
import { startEndpoint, type Running } from './harness.ts';

let endpoint: Running;
beforeAll(async () => {
  endpoint = await startEndpoint({ tables: 'empty', concurrency: 2, maxExecutionSeconds: 20 });
});
afterAll(() => endpoint.close());

const endless = 'SELECT count() FROM system.numbers WHERE sipHash64(number) = 1';
const running = async () => {
  const admin = endpoint.engine.connect();
  const found = await admin.queryAsync(
    "SELECT count() FROM system.processes WHERE Settings['log_comment'] LIKE 'endpoint-%'",
    { format: 'TabSeparated' },
  );
  admin.close();
  return Number(found.text());
};

describe('clients that misbehave', () => {
  it('and go away have their query ended', async () => {
    const before = await endpoint.outcome('cancelled');
    const leaving = new AbortController();
    const headers = { authorization: endpoint.authorization };
    const asked = fetch(endpoint.url, { method: 'POST', body: endless, headers, signal: leaving.signal });
    await vi.waitFor(async () => expect(await running()).toBe(1), 5_000);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await vi.waitFor(async () => expect(await running()).toBe(0), 5_000);
    await vi.waitFor(async () => expect(await endpoint.outcome('cancelled')).toBe(before + 1), 5_000);
  });

  it('and ask for much at once wait for their turn', async () => {
    let most = 0;
    const watching = setInterval(() => {
      void running().then((count) => (most = Math.max(most, count)));
    }, 10);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        endpoint.ask(`SELECT ${i}, sum(sipHash64(number)) > 0 FROM numbers(5000000)`),
      ),
    );
    clearInterval(watching);
    expect(answers.map(({ text }) => text)).toEqual(answers.map((_, i) => `${i}\t1\n`));
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2);
  });

  it('and trickle their headers lose the connection', { timeout: 20_000 }, async () => {
    const socket = connect(endpoint.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\n');
    const drip = setInterval(() => socket.write('X-A: b\r\n'), 300);
    socket.on('error', () => undefined).resume();
    const began = performance.now();
    await once(socket, 'close');
    clearInterval(drip);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('and send huge headers are refused', async () => {
    const sent = request(endpoint.url, { headers: { 'x-long': 'a'.repeat(100_000) } }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(431);
  });
});

describe('the endpoint', () => {
  it('counts by outcome', async () => {
    const before = await endpoint.outcome('ok');
    await endpoint.ask('SELECT 1');
    expect(await endpoint.outcome('ok')).toBe(before + 1);
    const others: readonly (readonly [outcome: string, ask: () => Promise<unknown>])[] = [
      ['refused', () => endpoint.ask('DROP TABLE posts')],
      ['unauthorised', () => endpoint.ask('SELECT 1', {}, { authorization: 'Basic eDp5' })],
      ['malformed', () => endpoint.ask('SELECT 1', { max_threads: 'x' })],
      ['limit', () => endpoint.ask('SELECT number FROM numbers(10)', { max_result_rows: '1' })],
      ['failed', () => endpoint.ask('SELECT nosuch')],
    ];
    for (const [outcome, ask] of others) {
      const count = await endpoint.outcome(outcome);
      await ask();
      expect([outcome, await endpoint.outcome(outcome)]).toEqual([outcome, count + 1]);
    }
  });

  it('says in one line that its port is in use', async () => {
    const start = createEndpoint(endpointConfig.parse({ port: endpoint.port }), {
      engine: endpoint.engine,
      secrets: endpoint.secrets,
      metrics: createMetrics(),
      logger: createLogger({ level: 'silent', format: 'json' }),
    });
    await expect(start).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining('endpoint.port'),
    });
  });

  it('ends running queries when it is closed', async () => {
    const other = await createEndpoint(endpointConfig.parse({ port: 0 }), {
      engine: endpoint.engine,
      secrets: endpoint.secrets,
      metrics: createMetrics(),
      logger: createLogger({ level: 'silent', format: 'json' }),
    });
    const headers = { authorization: endpoint.authorization };
    const asked = fetch(other.address.url, { method: 'POST', body: endless, headers }).catch(() => 'cut off');
    await vi.waitFor(async () => expect(await running()).toBe(1), 5_000);
    await other.close();
    expect(await running()).toBe(0);
    expect(await asked).toBe('cut off');
  });

  it('has no setting that lets writes through', () => {
    expect(endpointConfig.safeParse({ write: true }).success).toBe(false);
  });
});
