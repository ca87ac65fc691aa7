import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Attempt, Channel, ChannelDeps, Message } from '../../services/alert/channels/channel.ts';
import { systemResolve, type Resolve } from '../../services/alert/safe-fetch.ts';
import { systemClock } from '../../services/shared/clock.ts';

/** `upgrades`: the answer is 101, which asks to go on in another protocol. */
export type Fault = 'none' | 'refuses' | 'slow' | 'upgrades';

export type Rig = AsyncDisposable & {
  /** Address of the receiver, `127.0.0.1` or a name that a test resolves. */
  create(
    host: string,
    options: { allowPrivate: boolean; timeoutSeconds: number },
    deps: ChannelDeps,
  ): Channel;
  fault(kind: Fault): void;
  /** Everything that has arrived, as text. */
  arrived(): readonly string[];
};

export const sampleMessage: Message = {
  id: 'al_0123456789abcdef01234567',
  rule: 'new-signal',
  kind: 'signal',
  severity: 'warning',
  title: 'A signal was detected',
  summary: 'Headache after tablets: 12 people <script>&',
  at: Date.UTC(2026, 2, 1, 12),
  from: Date.UTC(2026, 1, 1),
  to: Date.UTC(2026, 2, 1),
  product: { id: 'p1', name: 'tablets' },
  term: { id: 't1', name: 'Headache', class: 'Brain' },
  source: null,
  people: 12,
  posts: 14,
  statistic: 'ror',
  value: 3.25,
  link: 'http://localhost:8080/signals/00ff',
  examples: [
    { id: 'forum:1', link: 'http://localhost:8080/posts/forum%3A1' },
    { id: 'forum:2', link: 'http://localhost:8080/posts/forum%3A2' },
  ],
};

/** What every channel promises, on a real receiver. */
export function channelContract(name: string, open: () => Promise<Rig>): void {
  const never = new AbortController().signal;
  const deps = (resolve: Resolve = systemResolve): ChannelDeps => ({ clock: systemClock, resolve });
  const open127 = { allowPrivate: true, timeoutSeconds: 5 };
  let rig: Rig;
  beforeAll(async () => {
    rig = await open();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const reasonOf = (attempt: Attempt): string =>
    attempt.outcome === 'failed' ? attempt.reason : attempt.outcome;

  test(`${name}: a message arrives with its id, counts, term, links and examples, and without text`, async () => {
    rig.fault('none');
    const channel = rig.create('127.0.0.1', open127, deps());
    expect(await channel.send(sampleMessage, never)).toMatchObject({ outcome: 'delivered' });
    const [text = ''] = rig.arrived().slice(-1);
    for (const part of [sampleMessage.id, '12', '14', 'forum:1', 'forum:2']) expect(text).toContain(part);
    expect(text).toMatch(/Headache/);
    expect(text).toMatch(/localhost:8080\\?\/signals\\?\/00ff/);
    expect(text).not.toContain('very private words');
  });

  test(`${name}: the text of an example arrives where the rule allows it`, async () => {
    const channel = rig.create('127.0.0.1', open127, deps());
    const examples = sampleMessage.examples.map((one) => ({ ...one, text: 'very private words' }));
    await channel.send({ ...sampleMessage, examples }, never);
    expect(rig.arrived().at(-1)).toContain('very private words');
  });

  test(`${name}: a receiver that refuses is an outcome, not an exception`, async () => {
    rig.fault('refuses');
    const channel = rig.create('127.0.0.1', open127, deps());
    expect(await channel.send(sampleMessage, never)).toMatchObject({ outcome: 'failed' });
    rig.fault('none');
  });

  test(`${name}: a slow receiver costs no more than the time-out`, async () => {
    rig.fault('slow');
    const channel = rig.create('127.0.0.1', { ...open127, timeoutSeconds: 0.3 }, deps());
    const began = performance.now();
    expect(reasonOf(await channel.send(sampleMessage, never))).toBe('timeout');
    expect(performance.now() - began).toBeLessThan(2000);
    rig.fault('none');
  });

  test(`${name}: the end of the process ends an attempt at once`, async () => {
    rig.fault('slow');
    const nowhere: Resolve = () => new Promise(() => {});
    for (const [host, resolve, isEarly] of [
      ['127.0.0.1', systemResolve, false],
      ['receiver.example', nowhere, false],
      ['receiver.example', nowhere, true],
    ] as const) {
      const stop = new AbortController();
      if (isEarly) stop.abort();
      const began = performance.now();
      const sending = rig.create(host, open127, deps(resolve)).send(sampleMessage, stop.signal);
      stop.abort();
      expect(await sending).toMatchObject({ outcome: 'failed' });
      expect(performance.now() - began).toBeLessThan(2000);
    }
    rig.fault('none');
  });

  test(`${name}: an answer that changes the protocol is an outcome, and the next message arrives`, async () => {
    rig.fault('upgrades');
    const channel = rig.create('127.0.0.1', { ...open127, timeoutSeconds: 2 }, deps());
    expect(await channel.send(sampleMessage, never)).toMatchObject({ outcome: 'failed', status: 101 });
    rig.fault('none');
    expect(await channel.send(sampleMessage, never)).toMatchObject({ outcome: 'delivered' });
  });

  test(`${name}: a loopback address is refused unless allowed, and nothing arrives`, async () => {
    const before = rig.arrived().length;
    const closed = { allowPrivate: false, timeoutSeconds: 5 };
    const resolved: Resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
    for (const host of ['127.0.0.1', 'receiver.example']) {
      const channel = rig.create(host, closed, deps(resolved));
      expect(reasonOf(await channel.send(sampleMessage, never))).toBe('address-refused');
    }
    expect(rig.arrived()).toHaveLength(before);
  });

  test(`${name}: the name is asked once, and the connection goes to the address that was checked`, async () => {
    let asked = 0;
    const changing: Resolve = () => {
      asked++;
      const address = asked === 1 ? '127.0.0.1' : '127.9.9.9';
      return Promise.resolve([{ address, family: 4 }]);
    };
    const channel = rig.create('receiver.example', open127, deps(changing));
    expect(await channel.send(sampleMessage, never)).toMatchObject({ outcome: 'delivered' });
    expect(asked).toBe(1);
  });

  test(`${name}: a name that is not found is an outcome`, async () => {
    const nowhere: Resolve = () => Promise.reject(new Error('nothing there'));
    const channel = rig.create('receiver.example', open127, deps(nowhere));
    expect(reasonOf(await channel.send(sampleMessage, never))).toBe('name-not-found');
  });
}
