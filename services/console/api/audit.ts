import { z } from 'zod';
import { auditActions } from '../../../schemas/audit.ts';
import { auditSql, type AuditRow } from '../../store/queries/audit.ts';
import type { ConsoleDeps } from '../deps.ts';
import { cursorField, decodeCursor, encodeCursor, listOf, pageSize } from './fields.ts';
import { route, type Route } from './route.ts';

const entry = z.object({
  at: z.number().meta({ description: 'ms since 1970 UTC' }),
  id: z.string(),
  person: z.string(),
  role: z.string(),
  via: z.string(),
  action: z.string(),
  object: z.string(),
  detail: z.record(z.string(), z.unknown()),
});
export type ShownEntry = z.output<typeof entry>;

export const auditQuery = z.object({
  person: z.string().max(64).default(''),
  action: z.enum(['', ...auditActions]).default(''),
  object: z.string().max(300).default('').meta({ description: 'id of a post, a signal, a rule …' }),
  limit: pageSize(500, 100),
  cursor: cursorField,
});

const place = z.tuple([z.number(), z.string()]);
const endOfTime = 9_000_000_000_000;

/** A detail that was cut off at its largest size is no JSON any more. */
function detailOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { cut: true };
  }
}

/** One page of the audit trail, newest first. @throws Problem 400 for a cursor that is not of this filter. */
export async function readAudit(
  { database }: ConsoleDeps,
  query: z.output<typeof auditQuery>,
): Promise<{ items: ShownEntry[]; next: string | null }> {
  const { limit, cursor, ...filter } = query;
  const [before, beforeId] = cursor === undefined ? [endOfTime, ''] : decodeCursor(place, filter, cursor);
  const rows = await database.query<AuditRow>(auditSql, {
    params: { ...filter, before, beforeId, limit: limit + 1 },
  });
  const items = rows.slice(0, limit).map((row) => ({ ...row, detail: detailOf(row.detail) }));
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? encodeCursor(filter, [last.at, last.id]) : null };
}

/** The audit trail, for admins. */
export function auditRoutes(deps: ConsoleDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/audit',
      id: 'listAudit',
      tag: 'Console',
      summary: 'Who read and changed what, newest first',
      role: 'admin',
      query: auditQuery,
      response: listOf(entry),
      handle: ({ query }) => readAudit(deps, query),
    }),
  ];
}
