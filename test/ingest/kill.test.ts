import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { post } from '../../schemas/post.ts';
import { createSqliteLog } from '../../services/log/logs/sqlite.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { createDice } from '../hostile/mutate.ts';
import { logSettings, silentLogger } from '../support/log-tools.ts';
import { valuesOf } from './world.ts';

const records = 6000;

/** Runs the child; kills it `afterMs` after it has begun to read. @returns whether it came to its end. */
async function runChild(file: string, folder: string, afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'kill-child.ts'), file, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const first = output === '';
    output += chunk.toString();
    if (first && afterMs > 0) void wait(afterMs).then(() => child.kill('SIGKILL'));
  });
  await ended;
  return output.includes('done');
}

test('kill -9 at random moments in a packed file', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kill-'));
  const file = join(folder, 'posts.ndjson');
  const text = Array.from(
    { length: records },
    (_, n) => `{"id":${n},"text":"post number ${n}","created":"2024-01-01"}\n`,
  );
  writeFileSync(file, zstdCompressSync(text.join('')));
  const dice = createDice(9);
  let killed = 0;
  for (let run = 0; run < 4; run++) if (!(await runChild(file, folder, 10 + dice.below(120)))) killed++;
  expect(killed).toBeGreaterThan(0);
  await runChild(file, folder, 0);
  {
    await using log = await createSqliteLog(logSettings({ partitions: 1 }), {
      clock: systemClock,
      logger: silentLogger,
      dataDir: folder,
    });
    const ids = (await valuesOf(log, 'posts', post)).map(({ id }) => id);
    expect(ids).toEqual(Array.from({ length: records }, (_, n) => `file:${n}`));
  }
  rmSync(folder, { recursive: true });
});
