import { Hono } from 'hono';
import { errorCode, VigilError } from '../shared/errors.ts';
import { apiRoutes } from './api/index.ts';
import { mountRoutes } from './api/route.ts';
import { loadAssets } from './assets.ts';
import { createAudit } from './audit.ts';
import { openAccess } from './auth/access.ts';
import { loginRoutes } from './auth/login.ts';
import { createSessions } from './auth/sessions.ts';
import type { ConsoleConfig } from './config.ts';
import type { ConsoleDeps } from './deps.ts';
import type { AppContext, Env } from './env.ts';
import { healthRoutes } from './health.ts';
import { openApiRoutes } from './openapi/routes.ts';
import { errorPage } from './pages/error.ts';
import { pages } from './pages/index.ts';
import { Problem, problemResponse } from './problem.ts';
import { addressSet } from './security/addresses.ts';
import { createDoor } from './security/door.ts';

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
  const routes = apiRoutes(config, deps);
  mountRoutes(app, routes);
  app.route('/', openApiRoutes(routes, deps.version));
  for (const sub of pages) app.route('/', sub(deps, config));

  app.notFound((c) => answer(c, new Problem(404, 'Not found')));
  app.onError((error, c) => {
    if (error instanceof Problem) return answer(c, error);
    deps.logger.warn({ code: errorCode(error), path: c.req.routePath }, 'request failed');
    return answer(c, problemOf(error));
  });
  return app;
}

/** A problem as its reader wants it: a page for a person, `application/problem+json` for a program. */
function answer(c: AppContext, problem: Problem): Response | Promise<Response> {
  const isPage = !c.req.path.startsWith('/api/v1/') && (c.req.header('accept') ?? '').includes('text/html');
  return isPage && c.get('person') ? errorPage(c, problem) : problemResponse(c, problem);
}

/** What an error of ours means to the one who asked. */
function problemOf(error: Error): Problem {
  const code = errorCode(error);
  if (!(error instanceof VigilError && error.canRetry))
    return new Problem(500, 'The request failed', { code });
  const detail = 'Try again in a moment; if it goes on, ask for a shorter time or fewer posts.';
  return new Problem(503, 'The tables cannot be read now', { detail, code }, { 'Retry-After': '5' });
}
