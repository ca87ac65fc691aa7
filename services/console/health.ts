import { Hono } from 'hono';
import type { Metrics } from '../shared/metrics.ts';

export type Health = {
  /** False once a part has failed for good. */
  alive(): boolean;
  /** Names of the parts that are not yet, or no longer, ready. */
  waitingFor(): readonly string[];
};

/** `/healthz`, `/readyz` and `/metrics`. */
export function healthRoutes(health: Health, metrics: Metrics): Hono {
  const app = new Hono();
  app.get('/healthz', (c) => (health.alive() ? c.text('ok\n') : c.text('failed\n', 500)));
  app.get('/readyz', (c) => {
    const waiting = health.waitingFor();
    return waiting.length === 0 ? c.text('ready\n') : c.text(`waiting for ${waiting.join(', ')}\n`, 503);
  });
  app.get('/metrics', async (c) =>
    c.body(await metrics.registry.metrics(), 200, { 'Content-Type': metrics.registry.contentType }),
  );
  return app;
}
