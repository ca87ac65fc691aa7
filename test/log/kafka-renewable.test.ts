import { describe, expect, test } from 'vitest';
import { closeSoon, renewable, within } from '../../services/log/logs/kafka/renewable.ts';
import { systemClock } from '../../services/shared/clock.ts';

const never = (): Promise<never> => new Promise(() => undefined);
const away = { code: 'LOG_AWAY', canRetry: true };

describe('within', () => {
  test('gives what the work gives, and its own error', async () => {
    await expect(within(systemClock, 1000, async () => 7)).resolves.toBe(7);
    await expect(within(systemClock, 1000, () => Promise.reject(new RangeError('own')))).rejects.toThrow(
      RangeError,
    );
  });

  test('ends a wait for an answer that never comes', async () => {
    await expect(within(systemClock, 20, never)).rejects.toMatchObject(away);
  });
});

describe('a client that is renewed', () => {
  function clients() {
    const closed: number[] = [];
    let opened = 0;
    const open = () => {
      const number = ++opened;
      return { number };
    };
    const close = async ({ number }: { number: number }) => closed.push(number);
    return { closed, client: renewable({ clock: systemClock, answerWithinMs: 20, open, close }) };
  }

  test('stays the same while it answers, even with errors', async () => {
    const { client, closed } = clients();
    const fails = client.use(() => Promise.reject(new Error('refused')));
    await expect(fails).rejects.toThrow('refused');
    expect(await client.use(async ({ number }) => number)).toBe(1);
    expect(closed).toEqual([]);
  });

  test('is closed and replaced when it leaves a call unanswered', async () => {
    const { client, closed } = clients();
    const [one, other] = [client.use(never), client.use(never)];
    await expect(one).rejects.toMatchObject(away);
    await expect(other).rejects.toMatchObject(away);
    expect(await client.use(async ({ number }) => number)).toBe(2);
    expect(closed).toEqual([1]);
    await client.close();
    expect(closed).toEqual([1, 2]);
  });

  test('closing forgives a client that fails to close', async () => {
    await expect(closeSoon(systemClock, () => Promise.reject(new Error('no')))).resolves.toBeUndefined();
  });
});
