import type { z } from 'zod';

/** Turns a record of version n into one of version n + 1; must not fail on a valid record of version n. */
export type Upcast = (record: Record<string, unknown>) => Record<string, unknown>;

export type Versioned<T> = {
  readonly name: string;
  readonly version: number;
  readonly schema: z.ZodType<T>;
  /**
   * Checks a decoded record and lifts one of the version before to the current one.
   * @returns the record, or the paths (never the values) of what is wrong with it.
   */
  read(value: unknown): { ok: true; value: T } | { ok: false; problem: string };
};

/**
 * A record type of the log. `v` in the record says which version wrote it; readers accept the current
 * version and, through `upcast`, the one before, so that stages can be upgraded one after the other.
 */
export function versioned<T>(
  name: string,
  version: number,
  schema: z.ZodType<T>,
  upcast?: Upcast,
): Versioned<T> {
  return {
    name,
    version,
    schema,
    read(value) {
      if (typeof value !== 'object' || value === null) return { ok: false, problem: 'not an object' };
      let record = value as Record<string, unknown>;
      if (record['v'] === version - 1 && upcast) record = { ...upcast(record), v: version };
      if (record['v'] !== version) return { ok: false, problem: `version of ${name} is not ${version}` };
      const parsed = schema.safeParse(record);
      if (parsed.success) return { ok: true, value: parsed.data };
      const paths = parsed.error.issues.map((issue) => issue.path.join('.') || '(record)');
      return { ok: false, problem: `${name}: ${[...new Set(paths)].slice(0, 5).join(', ')}` };
    },
  };
}
