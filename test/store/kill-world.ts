import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { logConfig } from '../../services/log/config.ts';

/** Two partitions, and a member that dies is replaced after a second. */
export const durableLog = logConfig.parse({
  partitions: 2,
  sqlite: { sessionTimeoutMs: 1000, synchronous: 'normal' },
});

/** Starts the store stage in a process of its own. @returns it once it stores. */
export async function startStore(dataDir: string): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'store-process.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the store ended before it stored')));
  await Promise.race([once(child.stdout ?? child, 'data'), ended]);
  ended.catch(() => undefined);
  return child;
}

export async function kill(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}
