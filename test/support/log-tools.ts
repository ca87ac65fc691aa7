import { createLogger } from '../../services/shared/logger.ts';
import type { Consumer, Entry, LogRecord, Position } from '../../services/log/log.ts';
import { logConfig, type LogConfig } from '../../services/log/config.ts';
import type { z } from 'zod';

export const silentLogger = createLogger({ level: 'silent', format: 'json' });

export function logSettings(settings: z.input<typeof logConfig> = {}): LogConfig {
  return logConfig.parse(settings);
}

export function entry(key: string, value: string | Uint8Array, time?: number): Entry {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return time === undefined ? { key, value: bytes } : { key, value: bytes, time };
}

export function entries(count: number, key: (i: number) => string = (i) => `k${i}`, from = 0): Entry[] {
  return Array.from({ length: count }, (_, i) => entry(key(from + i), String(from + i)));
}

export const textOf = (record: LogRecord): string => Buffer.from(record.value).toString();

/** The positions after the last record of each partition. */
export function positionsAfter(records: readonly LogRecord[]): Position[] {
  const last = new Map<string, Position>();
  for (const { topic, partition, offset } of records) {
    last.set(`${topic}/${partition}`, { topic, partition, offset: offset + 1 });
  }
  return [...last.values()];
}

/** Pulls from a consumer until `count` records are there; fails after `withinMs`. */
export function puller(consumer: Consumer) {
  const iterator = consumer[Symbol.asyncIterator]();
  let pending: ReturnType<typeof iterator.next> | undefined;
  return {
    async pull(count: number, withinMs = 20_000): Promise<LogRecord[]> {
      const found: LogRecord[] = [];
      while (found.length < count) {
        pending ??= iterator.next();
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<'late'>((resolve) => {
          timer = setTimeout(resolve, withinMs, 'late');
        });
        const result = await Promise.race([pending, late]);
        clearTimeout(timer);
        if (result === 'late')
          throw new Error(`only ${found.length} of ${count} records within ${withinMs} ms`);
        pending = undefined;
        if (result.done) break;
        found.push(...result.value.records);
      }
      return found;
    },
    /** What arrives within a time, however little. */
    async drain(ms: number): Promise<LogRecord[]> {
      const found: LogRecord[] = [];
      const until = performance.now() + ms;
      while (performance.now() < until) {
        try {
          found.push(...(await this.pull(1, Math.max(1, until - performance.now()))));
        } catch {
          break;
        }
      }
      return found;
    },
  };
}
