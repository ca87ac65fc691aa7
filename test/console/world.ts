import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { alertConfig } from '../../services/alert/config.ts';
import { createDesk } from '../../services/alert/desk.ts';
import { createNames } from '../../services/alert/names.ts';
import { consoleConfig } from '../../services/console/config.ts';
import { createConsole } from '../../services/console/console.ts';
import type { ConsoleDeps } from '../../services/console/deps.ts';
import { modelView } from '../../services/console/model-view.ts';
import type { Clock } from '../../services/shared/clock.ts';
import { createMetrics } from '../../services/shared/metrics.ts';
import { assess } from '../../services/signal/assess.ts';
import { takeStep } from '../../services/signal/lifecycle.ts';
import type { Database } from '../../services/store/database.ts';
import { analysedPostRows } from '../../services/store/rows.ts';
import { loadProducts } from '../../services/terminology/lexicon/lexicon.ts';
import { openTerminology } from '../../services/terminology/loaders/open.ts';
import { analysedSample, noon, type SampleOptions } from '../store/samples.ts';
import { newLog, openWorld, quiet } from '../store/world.ts';

/** A clock that stands where it is put: two hours after the samples. */
export function createClock(): Clock & { time: number } {
  return {
    time: noon + 7_200_000,
    now() {
      return this.time;
    },
    monotonic() {
      return this.time;
    },
    sleep: async () => undefined,
  };
}

let batches = 0;

/** Inserts samples as the store would. */
export async function insertSamples(
  database: Database,
  numbers: readonly number[],
  options: SampleOptions = {},
): Promise<void> {
  const rows = numbers.flatMap((n) => analysedPostRows(analysedSample(n, options)));
  for (const table of ['edits', 'posts', 'analyses'] as const) {
    const of = rows.flatMap(([name, row]) => (name === table ? [row] : []));
    await database.insert(`vigilstream.${table}`, of, { token: `samples-${batches++}-${table}` });
  }
}

const root = join(import.meta.dirname, '..', '..');

export type World = {
  readonly database: Database;
  readonly clock: ReturnType<typeof createClock>;
  readonly deps: ConsoleDeps;
  /** A console with settings of its own over the same tables. */
  open(
    settings?: z.input<typeof consoleConfig>,
    more?: Partial<ConsoleDeps>,
  ): { request(path: string, init?: RequestInit & { readonly from?: string }): Promise<Response> };
};

/** The embedded engine with all tables, and what the composition root would hand to the console. */
export async function openConsoleWorld(): Promise<World> {
  const database = await openWorld();
  const clock = createClock();
  const names = createNames(await openTerminology(), await loadProducts());
  const folder = mkdtempSync(join(tmpdir(), 'vigil-console-'));
  const deps: ConsoleDeps = {
    log: await newLog(),
    database,
    metrics: createMetrics(),
    health: { alive: () => true, waitingFor: () => [] },
    logger: quiet,
    clock,
    model: modelView(join(root, 'models', 'vigil-minilm'), join(root, 'schemas', 'tasks.json')),
    groups: { infer: 'infer', store: 'store' },
    demo: false,
    settings: { store: { driver: 'chdb', password: '***' } },
    version: 'vigilstream@test',
    accessFile: join(folder, 'access.json'),
    signal: new AbortController().signal,
    desk: () =>
      createDesk(
        { ...alertConfig.parse({}), consoleUrl: 'http://localhost:8080' },
        { database, clock, names, sources: ['forum'] },
      ),
    transition: (request, person) => takeStep(request, person, { database, clock }),
    assess: (query) => assess(query, { database, groupOf: () => [] }),
  };
  return {
    database,
    clock,
    deps,
    open(settings = {}, more = {}) {
      const app = createConsole(consoleConfig.parse(settings), { ...deps, ...more });
      return {
        async request(path, { from = '127.0.0.1', headers, ...init } = {}) {
          const all = { host: 'localhost', ...Object.fromEntries(new Headers(headers)) };
          const env = { incoming: { socket: { remoteAddress: from } } };
          return app.request(`http://localhost${path}`, { ...init, headers: all }, env);
        },
      };
    },
  };
}

/** What a browser sends along with a form of the console's own page. */
export const ownForm = {
  'content-type': 'application/x-www-form-urlencoded',
  origin: 'http://localhost',
  'sec-fetch-site': 'same-origin',
};
