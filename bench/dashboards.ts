/**
 * How long every panel of the dashboards and the main questions of the console take over a large store: 100
 * million analyses unless another number of millions is given (`node bench/dashboards.ts 20`), made inside the
 * engine, asked with the threads and the memory of the default settings. A second argument thins what no panel reads
 * (1: nothing is left out), a third names a folder that is kept and used again. Everything is asked in several
 * passes, and of each question the pass with the least median is told: other work on the machine only ever adds.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expandPanel } from '../dashboards/expand.ts';
import { panels } from '../dashboards/index.ts';
import { systemClock as clock } from '../services/shared/clock.ts';
import { createLogger } from '../services/shared/logger.ts';
import { storeConfig } from '../services/store/config.ts';
import { openDatabase } from '../services/store/databases/index.ts';
import { migrate } from '../services/store/migrate.ts';
import type { Question } from '../services/store/queries/mention-filter.ts';
import { refreshSuperseded } from '../services/store/queries/mentions.ts';
import { questions } from './dashboards/questions.ts';
import { end, fill } from './dashboards/world.ts';
import { writeResult } from './shared/result.ts';

const total = Number(process.argv[2] ?? 100) * 1_000_000;
const thinning = Number(process.argv[3] ?? 1);
const kept = process.argv[4];
const folder = kept ?? mkdtempSync(join(tmpdir(), 'vigil-dashboards-'));
const path = join(folder, 'store');
const logger = createLogger({ level: 'silent', format: 'json' });
const bytesOfPost = 110;
const days = 30;
const passes = 3;
const rounds = 5;

async function prepare(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  if (existsSync(path)) return;
  const free = statfsSync(folder);
  if (free.bavail * free.bsize < (total / Math.min(10, thinning)) * bytesOfPost * 2) {
    throw new Error(
      `${folder} has no room for ${total} posts: about ${bytesOfPost * 2} bytes of each are needed`,
    );
  }
  const config = storeConfig.parse({ chdb: { path, memoryBytes: 4_000_000_000 } });
  await using database = await openDatabase(config, { dataDir: folder });
  await migrate(database, config, { logger, clock });
  await fill(database, total, thinning, (rows) => process.stderr.write(`\r${rows / 1_000_000} million`));
}

await prepare();
const config = storeConfig.parse({ chdb: { path } });
const database = await openDatabase(config, { dataDir: folder });
await migrate(database, config, { logger, clock });
const began = performance.now();
await refreshSuperseded(database);
const refreshSeconds = (performance.now() - began) / 1000;

const to = new Date(end);
const scope = {
  from: new Date(end - days * 86_400_000),
  to,
  intervalSeconds: 7200,
  variables: { product: 'p:1', term: 'e:1' },
};
const everything = { ...scope, variables: { product: '$__all', term: '$__all' } };

type Timed = {
  readonly name: string;
  readonly rows: number;
  readonly median: number;
  readonly p95: number;
  readonly cpu: number;
};

async function time(name: string, { sql, params }: Question): Promise<Timed> {
  let rows = (await database.query(sql, { params })).length;
  const spent: number[] = [];
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    rows = (await database.query(sql, { params })).length;
    spent.push(performance.now() - start);
  }
  const used = process.cpuUsage(before);
  spent.sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(spent[Math.min(rounds - 1, Math.floor(share * rounds))] ?? 0);
  return {
    name,
    rows,
    median: at(0.5),
    p95: at(0.95),
    cpu: Math.round((used.user + used.system) / 1000 / rounds),
  };
}

const asked: (readonly [string, Question])[] = [];
for (const panel of panels.values()) {
  if (panel.kind === 'text') continue;
  asked.push([panel.id, expandPanel(panel, scope)]);
  if (/\$(?:\{)?(?:product|term)\b/.test(panel.sql)) {
    asked.push([`${panel.id} (all)`, expandPanel(panel, everything)]);
  }
}
asked.push(...questions(end, days));

const best = new Map<string, Timed>();
for (let pass = 0; pass < passes; pass++) {
  for (const [name, question] of asked) {
    const one = await time(name, question);
    if (one.median < (best.get(name)?.median ?? Infinity)) best.set(name, one);
  }
}
const timed = [...best.values()];
const load = loadavg()[0];

const counts = await database.query<
  Record<'posts' | 'mentions' | 'mentionsBytes' | 'hidden' | 'copies', number>
>(`
  SELECT (SELECT count() FROM vigilstream.posts) AS posts, (SELECT count() FROM vigilstream.mentions) AS mentions,
    (SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'vigilstream' AND table = 'mentions') AS mentionsBytes,
    (SELECT count() FROM vigilstream.superseded) AS hidden, (SELECT count() FROM vigilstream.copies) AS copies`);
await database[Symbol.asyncDispose]();
if (kept === undefined) rmSync(folder, { recursive: true, force: true });
timed.sort((a, b) => b.median - a.median);
console.table(timed);
console.log({ ...counts[0], refreshSeconds, slow: timed.filter(({ median }) => median >= 200).length });
writeResult('dashboards', { analyses: total, thinning, days, ...counts[0], refreshSeconds, load, timed });
