import { VigilError } from '../shared/errors.ts';

/** What the command's exit status means; shown by `vigilstream --help`. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  configuration: 3,
  unavailable: 4,
  interrupted: 5,
  internal: 70,
} as const;

export const exitCodeHelp = `
Exit codes:
  0  done                          3  wrong configuration
  1  a check found problems        4  something needed is missing, damaged or in use
  2  wrong command line            5  ended by a signal before the work was complete
                                  70  a fault of vigilstream itself`;

/** The exit status for an error that ended the command. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof VigilError)) return exitCodes.internal;
  if (error.code.startsWith('CONFIG_')) return exitCodes.configuration;
  if (error.code.startsWith('USAGE_') || error.code === 'ANALYSE_TASKS') return exitCodes.usage;
  return exitCodes.unavailable;
}
