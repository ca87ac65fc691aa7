import { streamSSE, type SSEStreamingApi } from 'hono/streaming';
import { z } from 'zod';
import { errorCode } from '../../shared/errors.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { AppContext } from '../env.ts';
import { createFindings } from '../findings.ts';
import { createOverview } from '../overview.ts';
import { createSlots } from '../security/slots.ts';
import type { Overview } from '../view.ts';
import { route, type Route } from './route.ts';

const time = z.number().meta({ description: 'ms since 1970 UTC' });
const count = z.object({ stage: z.string(), source: z.string(), reason: z.string(), count: z.number() });

const overviewShape = z.object({
  at: time,
  stages: z.array(
    z.object({
      name: z.enum(['ingest', 'infer', 'store']),
      perSecond: z.number(),
      lag: z.number().nullable(),
    }),
  ),
  totals: z.object({ posts: z.number(), analysed: z.number(), findings: z.number(), people: z.number() }),
  sources: z.array(z.object({ name: z.string(), posts: z.number(), lastSeenAt: time })),
  drops: z.array(count),
  deadLetters: z.array(count),
});

const finding = z.object({
  postId: z.string(),
  source: z.string(),
  createdAt: time,
  analysedAt: time,
  text: z.string(),
  permalink: z.string().nullable(),
  spans: z.array(
    z.object({
      label: z.string(),
      startUtf16: z.number(),
      endUtf16: z.number(),
      score: z.number(),
      level: z.enum(['term', 'class', 'none']),
      term: z.string(),
      className: z.string(),
      role: z.string().meta({ description: 'what it counts as; empty: it does not count' }),
    }),
  ),
  products: z.array(z.object({ name: z.string(), kind: z.string() })),
  tasks: z.array(z.object({ id: z.string(), label: z.string(), probability: z.number() })),
});

/** Each stream asks the tables as often as it sends. */
const mostStreams = 100;
const mostStreamsEach = 20;

type LiveConfig = { readonly refreshMs: number; readonly findings: number };

/** What changes by itself: the overview, the latest findings, and both as a stream of server-sent events. */
export function liveRoutes(config: LiveConfig, deps: ConsoleDeps): Route[] {
  const overview = createOverview(deps);
  const findings = createFindings(
    deps.database,
    deps.model.tasks.filter((task) => task.sentence).map((task) => task.id),
  );

  /** One reading for all who look, however many streams are open. */
  let cached: { at: number; value: Promise<Overview> } | undefined;
  const currentOverview = (): Promise<Overview> => {
    const now = deps.clock.monotonic();
    if (!cached || now - cached.at >= config.refreshMs * 0.9) cached = { at: now, value: overview() };
    return cached.value;
  };

  /** Sends what is new until the reader goes, the console stops, or the reader would not be let in any more. */
  async function follow(stream: SSEStreamingApi, c: AppContext): Promise<void> {
    const ended = AbortSignal.any([deps.signal, c.req.raw.signal]);
    const next = findings.follow();
    while (!ended.aborted && !stream.aborted) {
      const fresh = await next(config.findings);
      const numbers = await currentOverview();
      if (!c.get('mayStay')()) return;
      if (fresh.length > 0) await stream.writeSSE({ event: 'findings', data: JSON.stringify(fresh) });
      await stream.writeSSE({ event: 'overview', data: JSON.stringify(numbers) });
      await deps.clock.sleep(config.refreshMs, ended);
    }
  }

  const takePlace = createSlots('live streams', mostStreams, mostStreamsEach);

  return [
    route({
      method: 'get',
      path: '/overview',
      id: 'getOverview',
      tag: 'State',
      summary: 'Rates, lag and totals of now',
      response: overviewShape,
      handle: () => currentOverview(),
    }),
    route({
      method: 'get',
      path: '/findings',
      id: 'listFindings',
      tag: 'Posts',
      summary: 'The newest findings, oldest first',
      response: z.array(finding),
      async handle(_input, c) {
        const found = await findings.latest(config.findings);
        await c.get('audit')('posts.search', '', { newest: found.length });
        return found;
      },
    }),
    route({
      method: 'get',
      path: '/stream',
      id: 'followStream',
      tag: 'State',
      summary: 'Server-sent events: `overview` with every change of the numbers, `findings` with new ones',
      response: z.string(),
      media: ['text/event-stream'],
      async handle(_input, c) {
        await c.get('audit')('posts.watch', '');
        const giveBack = takePlace(c.get('person').name);
        return streamSSE(c, async (stream) => {
          stream.onAbort(giveBack);
          try {
            await follow(stream, c);
          } catch (error) {
            deps.logger.warn({ code: errorCode(error) }, 'a live stream was cut off');
          } finally {
            giveBack();
          }
        });
      },
    }),
  ];
}
