import { z } from 'zod';
import { postsExportOf } from '../../store/queries/post-export.ts';
import { postsCountOf, type PostFilter } from '../../store/queries/search.ts';
import { auditSql, type AuditRow } from '../../store/queries/audit.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { ApiConfig } from './api-config.ts';
import { Problem } from '../problem.ts';
import { createSlots } from '../security/slots.ts';
import { findPosts, readPost } from '../posts.ts';
import { listOf } from './fields.ts';
import { postFilterOf, postFilterQuery, postPageQuery } from './post-filter.ts';
import { listedPost, postDetails } from './post-shapes.ts';
import { route, type Route } from './route.ts';

const formats = {
  csv: { format: 'CSVWithNames', type: 'text/csv; charset=utf-8' },
  ndjson: { format: 'JSONEachRow', type: 'application/x-ndjson' },
  parquet: { format: 'Parquet', type: 'application/vnd.apache.parquet' },
} as const;
const formatNames = Object.keys(formats) as [keyof typeof formats, ...(keyof typeof formats)[]];

/** One row after the other, in small groups: the memory of an export does not grow with its rows. */
const lean = 'max_threads = 1, output_format_parquet_row_group_size = 50000';

/** What the audit keeps of a filter: what was asked, without the lists that are empty. */
export function askedOf(filter: PostFilter): Record<string, unknown> {
  const entries = Object.entries(filter).filter(
    ([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(entries);
}

/** A header holds ASCII only: other characters as JSON escapes. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[^ -~]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Posts: search, count, export, and one post with everything that is known about it. */
export function postRoutes(config: ApiConfig, deps: ConsoleDeps): Route[] {
  const { database, model, clock, version } = deps;
  const { querySeconds, exportRows } = config.limits;
  const reading = { database, model, querySeconds };
  const takePlace = createSlots('exports', 4, 2);
  return [
    route({
      method: 'get',
      path: '/posts',
      id: 'findPosts',
      tag: 'Posts',
      summary: 'Posts of a filter, newest first',
      description: 'Written to the audit trail with the filter. Without a time it looks back four weeks.',
      query: postPageQuery,
      response: listOf(listedPost),
      async handle({ query }, c) {
        const filter = postFilterOf(query, model, clock.now());
        const found = await findPosts(reading, filter, query);
        await c.get('audit')('posts.search', '', { ...askedOf(filter), posts: found.items.length });
        return found;
      },
    }),
    route({
      method: 'get',
      path: '/posts/count',
      id: 'countPosts',
      tag: 'Posts',
      summary: 'How many posts a filter finds, and of how many people',
      query: postFilterQuery,
      response: z.object({ posts: z.number(), people: z.number() }),
      async handle({ query }) {
        const { sql, params } = postsCountOf(postFilterOf(query, model, clock.now()));
        const [row] = await database.query<{ posts: number; people: number }>(
          `${sql}\nSETTINGS max_execution_time = ${querySeconds}`,
          { params },
        );
        return row ?? { posts: 0, people: 0 };
      },
    }),
    route({
      method: 'get',
      path: '/posts/export',
      id: 'exportPosts',
      tag: 'Posts',
      summary: 'The posts of a filter as a file',
      description: `CSV, NDJSON or Parquet, newest first, at most ${exportRows} rows. The first columns of every row say who exported it, when, with which filter and by which version; the header Vigilstream-Provenance says the same, and the audit trail keeps it. In CSV a text that a spreadsheet would take for a formula begins with an apostrophe; the other formats hold it as it is.`,
      role: 'analyst',
      query: postFilterQuery.extend({ format: z.enum(formatNames).default('csv') }),
      response: z.string(),
      media: formatNames.map((name) => formats[name].type),
      async handle({ query }, c) {
        const filter = postFilterOf(query, model, clock.now());
        const { format, type } = formats[query.format];
        const at = clock.now();
        const provenance = {
          by: c.get('person').name,
          at,
          filter: JSON.stringify(askedOf(filter)),
          software: version,
        };
        await c.get('audit')('posts.export', '', { ...askedOf(filter), format: query.format });
        const { sql, params } = postsExportOf(filter, provenance, {
          limit: exportRows,
          forSpreadsheet: query.format === 'csv',
        });
        const bounded = `${sql}\nSETTINGS max_execution_time = ${querySeconds * 8}, ${lean}`;
        const giveBack = takePlace(c.get('person').name);
        const bytes = await database
          .export(bounded, { params, format, signal: c.req.raw.signal })
          .finally(giveBack);
        const stamp = new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
        return c.body(ReadableStream.from(bytes), 200, {
          'Content-Type': type,
          'Content-Disposition': `attachment; filename="posts-${stamp}.${query.format}"`,
          'Vigilstream-Provenance': asciiJson({ ...provenance, filter: askedOf(filter) }),
        });
      },
    }),
    route({
      method: 'get',
      path: '/posts/{id}',
      id: 'getPost',
      tag: 'Posts',
      summary: 'One post with everything that is known about it',
      description:
        'Every revision that is kept, the answers of every model and run, posts with nearly the same text, the thread, and who has read it before. Reading is written to the audit trail first.',
      params: z.object({ id: z.string().max(300) }),
      response: postDetails,
      async handle({ params }, c) {
        const found = await readPost(reading, params.id);
        if (!found) throw new Problem(404, 'There is no such post', { detail: 'It may have been deleted.' });
        await c.get('audit')('post.read', params.id);
        const readers = await database.query<AuditRow>(auditSql, {
          params: {
            before: clock.now() + 1,
            beforeId: '',
            person: '',
            action: '',
            object: params.id,
            limit: 100,
          },
        });
        return { ...found, readers: readers.map(({ at, person, action }) => ({ at, person, action })) };
      },
    }),
  ];
}
