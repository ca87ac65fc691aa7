import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Where a process runs and which one it is, so that its death can be seen without waiting. */
export type ProcessMark = { readonly host: string; readonly pid: number; readonly started: string };

/** When a process was started, in ticks since the machine was; '' where the system does not tell. */
function startOf(pid: number | 'self'): string {
  try {
    // The name of the program in parentheses may hold anything, so count from behind it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** Processes of another container may carry the same numbers: they count as another host. */
function pidSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

export function thisProcess(): ProcessMark {
  return { host: `${hostname()} ${pidSpace()}`, pid: process.pid, started: startOf('self') };
}

/** Whether a process is known to have ended; false where it cannot be known from here. */
export function hasEnded(mark: ProcessMark, here: ProcessMark): boolean {
  if (mark.host !== here.host) return false;
  if (mark.started !== '') return startOf(mark.pid) !== mark.started;
  try {
    process.kill(mark.pid, 0);
    return false;
  } catch (error) {
    return (error as { code?: unknown }).code === 'ESRCH';
  }
}
