import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChannelConfig } from '../../services/alert/channels/index.ts';
import { channelConfigs, createChannel } from '../../services/alert/channels/index.ts';
import { isPrivate, retryAfterMs, systemResolve } from '../../services/alert/safe-fetch.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { channelContract, sampleMessage, type Rig } from '../contract/channel.ts';
import { httpReceiver, mailReceiver, type HttpReceiver } from './receivers.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const deps = { clock: systemClock, resolve: systemResolve };
const never = new AbortController().signal;

const settings: Record<string, (url: string) => object> = {
  webhook: (url) => ({ url, secret }),
  slack: (url) => ({ url }),
  teams: (url) => ({ url }),
  pagerduty: (url) => ({ url, routingKey: 'k'.repeat(32) }),
  alertmanager: (url) => ({ url }),
};

function configOf(driver: string, values: object): ChannelConfig {
  const schema = channelConfigs.find((one) => one.shape.driver.value === driver);
  if (!schema) throw new Error(driver);
  return schema.parse({ driver, name: 'test', ...values });
}

async function httpRig(driver: string): Promise<Rig> {
  const receiver = await httpReceiver();
  return {
    create: (host, options, channelDeps) => {
      const url = `http://${host}:${receiver.port}/hook`;
      return createChannel(configOf(driver, { ...settings[driver]?.(url), ...options }), channelDeps);
    },
    fault(kind) {
      receiver.answer = (response) => {
        if (kind === 'slow') return;
        if (kind === 'upgrades')
          response.writeHead(101, { connection: 'upgrade', upgrade: 'websocket' }).end();
        else response.writeHead(kind === 'none' ? 204 : 500).end();
      };
    },
    arrived: () => receiver.received.map(({ headers, body }) => `${JSON.stringify(headers)}\n${body}`),
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}

async function mailRig(): Promise<Rig> {
  const receiver = await mailReceiver();
  return {
    create: (host, options, channelDeps) => {
      const to = {
        host,
        port: receiver.port,
        security: 'none',
        from: 'watch@example.org',
        to: ['on-call@example.org'],
      };
      return createChannel(configOf('email', { ...to, ...options }), channelDeps);
    },
    fault(kind) {
      receiver.answer = ({ none: 0, refuses: 554, slow: 'hang', upgrades: 101 } as const)[kind];
    },
    arrived: () => receiver.mails.map(({ text }) => text.replaceAll('=\r\n', '').replaceAll('=3D', '=')),
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}

describe.each(Object.keys(settings))('%s', (driver) => {
  channelContract(driver, () => httpRig(driver));
});
describe('email', () => channelContract('email', mailRig));

describe('answers of a receiver', () => {
  let receiver: HttpReceiver;
  beforeEach(async () => {
    receiver = await httpReceiver();
  });
  afterEach(() => receiver[Symbol.asyncDispose]());
  const send = () =>
    createChannel(configOf('webhook', { url: receiver.url, secret, allowPrivate: true }), deps).send(
      sampleMessage,
      never,
    );

  test.each([
    [200, {}, { outcome: 'delivered', status: 200 }],
    [500, {}, { outcome: 'failed', reason: 'status', status: 500 }],
    [400, {}, { outcome: 'failed', reason: 'status', status: 400 }],
    [410, {}, { outcome: 'gone', status: 410 }],
    [
      429,
      { 'retry-after': '120' },
      { outcome: 'failed', reason: 'rate-limited', status: 429, retryAfterMs: 120_000 },
    ],
    [429, { 'retry-after': 'soon' }, { outcome: 'failed', reason: 'rate-limited', status: 429 }],
    [503, { 'retry-after': '7' }, { outcome: 'failed', reason: 'status', status: 503, retryAfterMs: 7000 }],
    [304, {}, { outcome: 'failed', reason: 'redirect', status: 304 }],
  ])('%i %o', async (status, headers, expected) => {
    receiver.answer = (response) => response.writeHead(status, headers).end('words of the receiver');
    expect(await send()).toEqual(expected);
  });

  test('a redirect to a private address is not followed', async () => {
    await using inner = await httpReceiver();
    receiver.answer = (response) => response.writeHead(307, { location: inner.url }).end();
    expect(await send()).toEqual({ outcome: 'failed', reason: 'redirect', status: 307 });
    expect(inner.received).toHaveLength(0);
  });

  test('a receiver that hangs up is a failed connection', async () => {
    receiver.answer = (response) => response.socket?.destroy();
    expect(await send()).toEqual({ outcome: 'failed', reason: 'connection', status: 0 });
  });

  test('an endless body of the answer is not read', async () => {
    receiver.answer = (response) => {
      response.writeHead(200);
      response.write('x'.repeat(65_536));
    };
    expect(await send()).toEqual({ outcome: 'delivered', status: 200 });
  });

  test('the signature holds for the reference library, with either key while they change over', async () => {
    const older = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
    const config = configOf('webhook', {
      url: receiver.url,
      secret,
      previousSecret: older,
      allowPrivate: true,
    });
    await createChannel(config, deps).send(sampleMessage, never);
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
    const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    for (const key of [secret, older]) {
      expect(new Webhook(key).verify(body, given)).toMatchObject({ type: 'alert.fired' });
    }
    expect(given['webhook-id']).toBe(sampleMessage.id);
    expect(() => new Webhook(secret).verify(`${body} `, given)).toThrow();
    const other = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    expect(() => new Webhook(other).verify(body, given)).toThrow();
  });

  test.each([
    [
      'slack',
      (body: never) => expect(body).toMatchObject({ text: expect.stringContaining('&lt;script&gt;&amp;') }),
    ],
    [
      'pagerduty',
      (body: never) =>
        expect(body).toMatchObject({
          routing_key: 'k'.repeat(32),
          event_action: 'trigger',
          dedup_key: sampleMessage.id,
          payload: { severity: 'warning', source: 'vigilstream', custom_details: { people: 12 } },
        }),
    ],
    [
      'alertmanager',
      (body: never) =>
        expect(body).toMatchObject([
          { labels: { alertname: 'new-signal', alert_id: sampleMessage.id }, annotations: { people: '12' } },
        ]),
    ],
    [
      'teams',
      (body: never) =>
        expect(body).toMatchObject({
          type: 'message',
          attachments: [
            { contentType: 'application/vnd.microsoft.card.adaptive', content: { type: 'AdaptiveCard' } },
          ],
        }),
    ],
  ])('%s has its own shape', async (driver, check) => {
    const config = configOf(driver, { ...settings[driver]?.(receiver.url), allowPrivate: true });
    expect(await createChannel(config, deps).send(sampleMessage, never)).toMatchObject({
      outcome: 'delivered',
    });
    check(JSON.parse(receiver.received[0]?.body ?? '') as never);
    if (driver === 'alertmanager') expect(receiver.received[0]?.path).toBe('/hook/api/v2/alerts');
  });

  test('alertmanager is told of an end that lies ahead, however long the message had to wait', async () => {
    const now = sampleMessage.at + 9 * 3_600_000;
    const config = configOf('alertmanager', { url: receiver.url, allowPrivate: true, keepMinutes: 30 });
    const channel = createChannel(config, { ...deps, clock: { ...systemClock, now: () => now } });
    await channel.send(sampleMessage, never);
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject([
      {
        startsAt: new Date(sampleMessage.at).toISOString(),
        endsAt: new Date(now + 30 * 60_000).toISOString(),
      },
    ]);
  });

  test.each([
    ['http://h/posts/forum%3A1', 'http://h/posts/forum%3A1'],
    ['http://h/50%/posts/forum%3A(1)', 'http://h/50%/posts/forum%3A%281%29'],
  ])('teams links to %s', async (link, expected) => {
    const config = configOf('teams', { url: receiver.url, allowPrivate: true });
    await createChannel(config, deps).send({ ...sampleMessage, examples: [{ id: 'forum:1', link }] }, never);
    const { attachments } = JSON.parse(receiver.received[0]?.body ?? '') as {
      attachments: { content: { body: { text?: string }[] } }[];
    };
    expect(attachments[0]?.content.body.at(-1)?.text).toBe(`[forum:1](${expected})`);
  });

  test('slack stays under its limits with many examples', async () => {
    const examples = Array.from({ length: 60 }, (_, n) => ({
      id: `forum:${n}`,
      link: 'http://localhost',
      text: 'word '.repeat(2000),
    }));
    const config = configOf('slack', { url: receiver.url, allowPrivate: true });
    await createChannel(config, deps).send(
      { ...sampleMessage, examples, summary: 'long '.repeat(3000) },
      never,
    );
    const { blocks } = JSON.parse(receiver.received[0]?.body ?? '') as {
      blocks: { text?: { text: string } }[];
    };
    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const { text } of blocks) expect(text?.text.length ?? 0).toBeLessThanOrEqual(3000);
  });
});

test('mails have a stable id, both forms, and headers that no title can break', async () => {
  await using receiver = await mailReceiver();
  const config = configOf('email', {
    host: '127.0.0.1',
    port: receiver.port,
    security: 'none',
    from: 'watch@example.org',
    to: ['a@example.org', 'b@example.org'],
    allowPrivate: true,
  });
  const title = 'Title\r\nBcc: somebody@example.org';
  await createChannel(config, deps).send({ ...sampleMessage, title }, never);
  const [mail] = receiver.mails;
  expect(mail?.to).toEqual(['a@example.org', 'b@example.org']);
  expect(mail?.text).toContain(`Message-ID: <${sampleMessage.id}@example.org>`);
  expect(mail?.text.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/m);
  expect(mail?.text).toContain('&lt;script&gt;');
});

test.each([
  ['10.0.0.1', true],
  ['172.31.255.255', true],
  ['192.168.1.1', true],
  ['169.254.169.254', true],
  ['100.64.0.1', true],
  ['127.0.0.1', true],
  ['0.0.0.0', true],
  ['255.255.255.255', true],
  ['::1', true],
  ['::', true],
  ['fe80::1%eth0', true],
  ['fd00::1', true],
  ['::ffff:127.0.0.1', true],
  ['::ffff:7f00:1', true],
  ['::127.0.0.1', true],
  ['::ffff:0:127.0.0.1', true],
  ['64:ff9b::7f00:1', true],
  ['2002:7f00:1::', true],
  ['not an address', true],
  ['8.8.8.8', false],
  ['172.32.0.1', false],
  ['::ffff:8.8.8.8', false],
  ['2606:4700:4700::1111', false],
])('%s is private: %s', (address, expected) => {
  expect(isPrivate(address)).toBe(expected);
});

test.each([
  'http://2130706433/',
  'http://0x7f.1/',
  'http://[::ffff:127.0.0.1]/',
  'http://127.1/',
  'http://localhost./',
])('%s is seen through', async (url) => {
  const channel = createChannel(configOf('webhook', { url, secret }), deps);
  const result = await channel.send(sampleMessage, never);
  expect(result).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/address-refused|name-not-found/),
  });
});

test('one closed address among the answers refuses the name', async () => {
  const resolve = () =>
    Promise.resolve([
      { address: '93.184.215.14', family: 4 as const },
      { address: '10.0.0.8', family: 4 as const },
    ]);
  const config = configOf('slack', { url: 'http://receiver.example/' });
  expect(
    await createChannel(config, { clock: systemClock, resolve }).send(sampleMessage, never),
  ).toMatchObject({
    reason: 'address-refused',
  });
});

test.each([
  ['120', 120_000],
  ['Thu, 01 Jan 1970 00:01:00 GMT', 60_000],
  ['Thu, 01 Jan 1960 00:00:00 GMT', 0],
  ['999999999', 86_400_000],
  ['later', undefined],
  [undefined, undefined],
])('Retry-After %s', (header, expected) => {
  expect(retryAfterMs(header, 0)).toBe(expected);
});
