import type { Command } from 'commander';
import { loadConfig, type Settings } from '../config.ts';

/** The settings that the options of the whole command line, the environment and the file give. */
export function settingsOf(
  command: Command,
  extra: readonly string[] = [],
): { settings: Settings; file: string | undefined } {
  const options = command.optsWithGlobals<{ config?: string; set?: string[] }>();
  return loadConfig({
    cwd: process.cwd(),
    env: process.env,
    file: options.config,
    set: [...(options.set ?? []), ...extra],
  });
}

/**
 * A signal that ends with SIGINT or SIGTERM. The first asks the work to finish what is in hand and to
 * commit; a second one ends the process at once (what was not committed is done again at the next start).
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}
