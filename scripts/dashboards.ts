import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { dashboardFile } from '../dashboards/grafana/dashboard.ts';
import { dashboards } from '../dashboards/index.ts';

// Writes dashboards/json; with --check it only says whether the files there are as they should be.
const folder = new URL('../dashboards/json/', import.meta.url);
const wanted = new Map(dashboards.map(dashboardFile).map(({ name, text }) => [name, text]));

await mkdir(folder, { recursive: true });
const there = await readdir(folder);

if (process.argv.includes('--check')) {
  const stale = [...wanted].filter(([name]) => !there.includes(name)).map(([name]) => name);
  for (const name of there) {
    const text = await readFile(new URL(name, folder), 'utf8');
    const made = wanted.get(name);
    // What counts is what Grafana reads, and not how it is broken into lines.
    if (made === undefined || !isDeepStrictEqual(JSON.parse(text), JSON.parse(made))) stale.push(name);
  }
  if (stale.length > 0) {
    console.error(`stale in ${fileURLToPath(folder)}: ${stale.join(', ')}; run npm run dashboards`);
    process.exitCode = 1;
  }
} else {
  for (const name of there) if (!wanted.has(name)) await rm(new URL(name, folder));
  for (const [name, text] of wanted) await writeFile(new URL(name, folder), text);
  console.log(`wrote ${wanted.size} dashboards to ${fileURLToPath(folder)}`);
}
