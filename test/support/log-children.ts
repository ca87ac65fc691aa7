import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Log, LogRecord } from '../../services/log/log.ts';
import type { logSettings } from './log-tools.ts';
import { textOf } from './log-tools.ts';

export type WorkerOptions = {
  readonly dir: string;
  readonly settings: Parameters<typeof logSettings>[0];
  readonly role: 'both' | 'copy' | 'produce';
  /** Where the producer stops. */
  readonly most?: number;
};

const running = new Set<ChildProcess>();
// A test that fails half-way must not leave its processes behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a process that uses the log, and waits until it is under way. */
export async function startWorker({ dir, settings, role, most }: WorkerOptions): Promise<ChildProcess> {
  const file = join(import.meta.dirname, '../log/children/worker.ts');
  const options = ['--dir', dir, '--settings', JSON.stringify(settings), '--role', role];
  if (most !== undefined) options.push('--most', String(most));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  await Promise.race([
    once(child.stdout ?? child, 'data'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the worker ended with ${String(code)}`);
    }),
  ]);
  return child;
}

/** Ends a process as a crash does. */
export async function crash(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function numbersIn(log: Log, topic: 'posts' | 'analyses'): Promise<number[]> {
  const found: LogRecord[] = [];
  for (const { partition, first } of await log.ranges([topic])) {
    const forever = new AbortController().signal;
    for await (const batch of log.read({ topic, partition, offset: first }, forever))
      found.push(...batch.records);
  }
  return found.map((record) => Number(textOf(record)));
}

/** How many posts are missing or there twice, in both topics, where all of them should be there once. */
export async function faultsIn(log: Log): Promise<{ posts: number; lost: number; doubled: number }> {
  const [posts, analyses] = [await numbersIn(log, 'posts'), await numbersIn(log, 'analyses')];
  const most = Math.max(-1, ...posts) + 1;
  const count = (numbers: readonly number[]) => {
    const distinct = new Set(numbers).size;
    return { lost: most - distinct, doubled: numbers.length - distinct };
  };
  const [a, b] = [count(posts), count(analyses)];
  return { posts: most, lost: a.lost + b.lost, doubled: a.doubled + b.doubled };
}

/** Waits until the copying group has read everything. */
export async function untilCopied(log: Log, withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  for (;;) {
    const [ranges, at] = [await log.ranges(['posts']), await log.committed('copy', ['posts'])];
    const open = ranges.filter(({ partition, first, next }) => {
      const position = at.find((one) => one.partition === partition)?.offset ?? first;
      return next > position;
    });
    if (open.length === 0) return;
    if (performance.now() > until) {
      throw new Error(`not copied within ${withinMs} ms: ${JSON.stringify({ open, at })}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}
