import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of a second in /proc, as every Linux of today has them. */
const ticksPerSecond = 100;

/** Processor seconds of this process's threads by name; empty where the system does not tell. */
export function threadSeconds(): Map<string, number> {
  const seconds = new Map<string, number>();
  if (process.platform !== 'linux') return seconds;
  for (const id of readdirSync('/proc/self/task')) {
    try {
      const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
      const [user = 0, system = 0] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13)
        .map(Number);
      const name =
        Number(id) === process.pid ? 'main' : stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      seconds.set(name, (seconds.get(name) ?? 0) + (user + system) / ticksPerSecond);
    } catch {
      // It has ended meanwhile.
    }
  }
  return seconds;
}
