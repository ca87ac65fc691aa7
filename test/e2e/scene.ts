import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { createPlace, type Place, runCommand, startCommand } from '../support/monitor.ts';

// Whole processes on a machine that may be busy with others.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

/** A place whose processes write JSON lines, removed after the test. */
export const createScene = (settings: Record<string, unknown> = {}): Promise<Place> =>
  createPlace({ logging: { format: 'json' }, ...settings });

/** Removes the folder of a place when the test or the file is done. */
export const remove = (place: Place): void => rmSync(place.folder, { recursive: true, force: true });

/** A scene for one test. */
export async function sceneOfTest(settings: Record<string, unknown> = {}): Promise<Place> {
  const place = await createScene(settings);
  onTestFinished(() => remove(place));
  return place;
}

/** Rows of a statement, asked by the command line. @throws with its words when it fails. */
export async function ask<T = Record<string, unknown>>(place: Place, sql: string): Promise<T[]> {
  const { status, stdout, stderr } = await runCommand(place, ['query', sql, '--format', 'JSONEachRow']);
  if (status !== 0) throw new Error(`query ended with ${status}: ${stderr}`);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

/** Runs a command that has to succeed. */
export async function succeed(place: Place, args: readonly string[], env: Record<string, string> = {}) {
  const result = await runCommand(place, args, env);
  if (result.status !== 0) {
    throw new Error(`${args.join(' ')} ended with ${result.status}: ${result.stderr.slice(-2000)}`);
  }
  return result;
}

/** The key of a place's pseudonyms. */
export const keyOfPlace = (place: Place): Buffer =>
  Buffer.from(readFileSync(join(place.folder, 'secret', 'author.key'), 'utf8').trim(), 'hex');

export { type Place, runCommand, startCommand };
