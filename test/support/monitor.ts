import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const main = join(import.meta.dirname, '..', '..', 'services', 'main.ts');

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

export type Place = {
  readonly folder: string;
  readonly env: Record<string, string>;
  readonly page: string;
  readonly endpoint: string;
};

/** A folder of its own with its own key and ports, so that monitors do not meet. */
export async function createPlace(settings: Record<string, unknown> = {}): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'vigilstream-'));
  const [page, endpoint] = [await freePort(), await freePort()];
  const merged = { privacy: { keyFile: join(folder, 'secret', 'author.key') }, ...settings };
  writeFileSync(join(folder, 'vigilstream.yaml'), `${JSON.stringify(merged)}\n`);
  return {
    folder,
    env: { VIGILSTREAM_CONSOLE_PORT: String(page), VIGILSTREAM_ENDPOINT_PORT: String(endpoint) },
    page: `http://localhost:${page}`,
    endpoint: `http://127.0.0.1:${endpoint}`,
  };
}

export type Running = {
  readonly process: ChildProcess;
  /** Everything written so far. */
  readonly written: { stdout: string; stderr: string };
  /** Resolves with the exit status; -1 when it was killed. */
  readonly exit: Promise<number>;
};

/** Runs the command line as a person would, in a place of its own. */
export function startCommand(
  place: Place,
  args: readonly string[],
  env: Record<string, string> = {},
): Running {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    cwd: place.folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: place.folder,
      UV_THREADPOOL_SIZE: '16',
      ...place.env,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text));
  const exit = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : -1));
  return { process: child, written, exit };
}

/** Runs a command to its end. */
export async function runCommand(place: Place, args: readonly string[], env: Record<string, string> = {}) {
  const { written, exit } = startCommand(place, args, env);
  return { status: await exit, ...written };
}

/** Waits until a condition holds. @throws when it does not within `ms`. */
export async function until(what: string, holds: () => Promise<boolean>, ms = 120_000): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    if (await holds().catch(() => false)) return;
    await sleep(100);
  }
  throw new Error(`after ${ms} ms still not: ${what}`);
}
