import { Hono } from 'hono';
import { errorCode, VigilError } from '../shared/errors.ts';
import { mountRoutes, type Route } from './api/route.ts';
import { settingsRoutes } from './api/settings.ts';
import { loadAssets } from './assets.ts';
import { createAudit } from './audit.ts';
import { openAccess } from './auth/access.ts';
import { loginRoutes } from './auth/login.ts';
import { createSessions } from './auth/sessions.ts';
import type { ConsoleConfig } from './config.ts';
import type { ConsoleDeps } from './deps.ts';
import type { Env } from './env.ts';
import { healthRoutes } from './health.ts';
import { liveRoutes } from './live.ts';
import { modelsPage } from './pages/models.ts';
import { settingsPage } from './pages/settings.ts';
import { todayPage } from './pages/today.ts';
import { Problem, problemResponse } from './problem.ts';
import { addressSet } from './security/addresses.ts';
import { createDoor } from './security/door.ts';

/** Every route of the API; the document of the API is made from the same list. */
export function apiRoutes(deps: ConsoleDeps): Route[] {
  return [settingsRoutes].flatMap((routes) => routes(deps));
}

/**
 * The console as one application: pages, the API under `/api/v1`, health and metrics.
 * @throws VigilError `CONFIG_CONSOLE_OPEN` when it would stand open to a network.
 */
export function createConsole(config: ConsoleConfig, deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  const assets = loadAssets();
  const access = openAccess(config, deps);
  const audit = createAudit(deps);
  const isProxy = addressSet(config.auth.proxy.addresses);
  const sessions = createSessions({ access, clock: deps.clock, hours: config.auth.sessionHours, isProxy });
  app.use(...createDoor(config, { ...deps, access, audit, sessions, isProxy }));
  app.route(
    '/',
    loginRoutes({ ...deps, access, audit, sessions, attemptsPerMinute: config.limits.signInsPerMinute }),
  );

  app.route('/', healthRoutes(deps.health, deps.metrics));
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
  app.route('/', liveRoutes(config, deps));
  mountRoutes(app, apiRoutes(deps));
  for (const sub of [todayPage, modelsPage, settingsPage]) app.route('/', sub(deps));

  app.notFound((c) => problemResponse(c, new Problem(404, 'Not found')));
  app.onError((error, c) => {
    if (error instanceof Problem) return problemResponse(c, error);
    deps.logger.warn({ code: errorCode(error), path: c.req.routePath }, 'request failed');
    const away = error instanceof VigilError && error.canRetry;
    const problem = away
      ? new Problem(
          503,
          'The tables cannot be read now',
          { detail: 'Try again in a moment.', code: error.code },
          { 'Retry-After': '5' },
        )
      : new Problem(500, 'The request failed', { code: errorCode(error) });
    return problemResponse(c, problem);
  });
  return app;
}
