import { z } from 'zod';

export const demoConfig = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe(
        'whether `start` fills an empty store with an invented history and goes on with invented posts',
      ),
    seed: z
      .int()
      .min(0)
      .max(4_294_967_295)
      .default(20260)
      .describe('number from which the whole invented world follows; the same number gives the same posts'),
    historyDays: z
      .int()
      .min(1)
      .max(3650)
      .default(60)
      .describe('how many days of history are read at the first start'),
    postsPerDay: z
      .int()
      .min(1)
      .max(50_000_000)
      .default(1000)
      .describe('posts a day in the invented history, all platforms together'),
    liveRate: z
      .number()
      .min(0)
      .max(20_000)
      .default(2)
      .describe('invented posts per second after the history; 0 for none'),
  })
  .prefault({})
  .describe('Invented posts, so that there is something to see before the first real source.');
export type DemoConfig = z.infer<typeof demoConfig>;
