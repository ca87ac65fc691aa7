import { cpuUsage } from 'node:process';
import { createWorld } from '../services/simulate/world.ts';
import type { ProfileName } from '../services/simulate/profile.ts';
import { writeResult } from './shared/result.ts';

type Case = { readonly profile: ProfileName; readonly days: number; readonly postsPerDay: number };

const cases: readonly Case[] = [
  { profile: 'natural', days: 1, postsPerDay: 200_000 },
  { profile: 'demo', days: 60, postsPerDay: 1000 },
];

const rows: unknown[] = [];
/** Records a second of one core, the wall time of the whole, and how many posts name a product. */
for (const { profile, days, postsPerDay } of cases) {
  const world = createWorld({ seed: 1, start: new Date('2026-01-01T00:00:00Z'), days, postsPerDay, profile });
  const before = cpuUsage();
  const start = performance.now();
  let records = 0;
  let bytes = 0;
  let posts = 0;
  let named = 0;
  for (const { bytes: record, event } of world.history()) {
    records++;
    bytes += record.length;
    if (event.what !== 'post' || event.text === '') continue;
    posts++;
    if (event.draft?.written !== undefined) named++;
  }
  const { user, system } = cpuUsage(before);
  const cpuSeconds = (user + system) / 1e6;
  rows.push({
    profile,
    records,
    recordsPerCpuSecond: Math.round(records / cpuSeconds),
    bytesEach: Math.round(bytes / records),
    naming: named / posts,
  });
  console.log(
    [
      profile.padEnd(8),
      `${records} records`,
      `${Math.round(records / cpuSeconds)} records/s of CPU`,
      `${((performance.now() - start) / 1000).toFixed(2)} s wall`,
      `${(bytes / records).toFixed(0)} bytes each`,
      `${((100 * named) / posts).toFixed(2)} % name a product`,
    ].join('  '),
  );
}
writeResult('simulate', rows);
