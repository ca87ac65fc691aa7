import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { ConsoleConfig } from './config.ts';
import type { ConsoleDeps } from './deps.ts';
import type { Env } from './env.ts';
import { createFindings } from './findings.ts';
import { createOverview } from './overview.ts';
import type { Overview } from './view.ts';

/** What changes by itself: the overview, the latest findings, and both as a stream of server-sent events. */
export function liveRoutes(config: ConsoleConfig, deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
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

  app.get('/api/v1/overview', async (c) => c.json(await currentOverview()));
  app.get('/api/v1/findings', async (c) => c.json(await findings.latest(config.findings)));
  app.get('/api/v1/stream', (c) =>
    streamSSE(c, async (stream) => {
      const ended = AbortSignal.any([deps.signal, c.req.raw.signal]);
      const next = findings.follow();
      while (!ended.aborted && !stream.aborted) {
        const fresh = await next(config.findings);
        if (fresh.length > 0) await stream.writeSSE({ event: 'findings', data: JSON.stringify(fresh) });
        await stream.writeSSE({ event: 'overview', data: JSON.stringify(await currentOverview()) });
        await deps.clock.sleep(config.refreshMs, ended);
      }
    }),
  );
  return app;
}
