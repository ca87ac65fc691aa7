import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { Log } from '../log/log.ts';
import type { Clock } from '../shared/clock.ts';
import { errorCode } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import type { Database } from '../store/database.ts';
import { loadAssets } from './assets.ts';
import type { ConsoleConfig } from './config.ts';
import { createFindings } from './findings.ts';
import { healthRoutes, type Health } from './health.ts';
import { createOverview } from './overview.ts';
import { cardPage, homePage } from './page.ts';
import type { ModelView, Overview } from './view.ts';

export type ConsoleDeps = {
  readonly log: Log;
  readonly database: Database;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly model: ModelView;
  readonly groups: { readonly infer: string; readonly store: string };
  readonly demo: boolean;
  readonly signal: AbortSignal;
};

const securityHeaders = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

/** The page, its API under `/api/v1`, health and metrics, as one application. */
export function createConsole(config: ConsoleConfig, deps: ConsoleDeps): Hono {
  const app = new Hono();
  const assets = loadAssets();
  const overview = createOverview(deps);
  const findings = createFindings(
    deps.database,
    deps.model.tasks.filter((task) => task.sentence).map((task) => task.id),
  );
  const names = new Set(config.allowedHosts.map((name) => name.toLowerCase()));

  /** One reading for all who look, however many streams are open. */
  let cached: { at: number; value: Promise<Overview> } | undefined;
  const currentOverview = (): Promise<Overview> => {
    const now = deps.clock.monotonic();
    if (!cached || now - cached.at >= config.refreshMs * 0.9) cached = { at: now, value: overview() };
    return cached.value;
  };

  app.use(async (c, next) => {
    const host = (c.req.header('host') ?? '').toLowerCase().replace(/:\d+$/, '');
    if (!names.has(host)) return c.text('this host name is not among console.allowedHosts\n', 421);
    await next();
    for (const [name, value] of Object.entries(securityHeaders)) c.header(name, value);
    return undefined;
  });
  app.route('/', healthRoutes(deps.health, deps.metrics));
  app.get('/', (c) => c.html(homePage(deps.model, deps.demo)));
  app.get('/model', (c) => c.html(cardPage(deps.model)));
  app.get('/assets/:name', (c) => {
    const asset = assets.get(c.req.param('name'));
    if (!asset) return c.notFound();
    if (c.req.header('if-none-match') === asset.etag) return c.body(null, 304);
    return c.body(asset.body, 200, {
      'Content-Type': asset.type,
      ETag: asset.etag,
      'Cache-Control': 'no-cache',
    });
  });
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
  app.notFound((c) =>
    c.json({ type: 'about:blank', title: 'Not found', status: 404 }, 404, {
      'Content-Type': 'application/problem+json',
    }),
  );
  app.onError((error, c) => {
    deps.logger.warn({ code: errorCode(error), path: c.req.routePath }, 'request failed');
    return c.json(
      { type: 'about:blank', title: 'The request failed', status: 500, code: errorCode(error) },
      500,
      { 'Content-Type': 'application/problem+json' },
    );
  });
  return app;
}
