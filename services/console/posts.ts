import { z } from 'zod';
import type { Database } from '../store/database.ts';
import { analysesOfSql, type AnalysisRow } from '../store/queries/post-details.ts';
import {
  duplicatesSql,
  postSql,
  threadSql,
  type PostRow,
  type RelatedRow,
} from '../store/queries/post-details.ts';
import { postsPageOf, type FoundPost, type PostFilter } from '../store/queries/search.ts';
import { decodeCursor, encodeCursor } from './api/fields.ts';
import { answersOf, spansOf, type PostAnalysis, type PostAnswer, type PostSpan } from './post-analysis.ts';
import type { ModelView } from './view.ts';

/** A post of a list: its text with what the newest model in the live run says of it. */
export type ListedPost = FoundPost & {
  readonly spans: readonly PostSpan[];
  readonly products: PostAnalysis['products'];
  /** Null where the gate refused the post or it is not analysed yet. */
  readonly adverseEffect: PostAnswer | null;
};

type ReadDeps = { readonly database: Database; readonly model: ModelView; readonly querySeconds: number };
type Analysed = AnalysisRow & { readonly postId: string };

const place = z.tuple([z.number(), z.string()]);
const mostRelated = 100;

/** A bound on the time that the engine takes for one question. */
const bounded = (sql: string, seconds: number): string => `${sql}\nSETTINGS max_execution_time = ${seconds}`;

const sentenceTasks = (model: ModelView): ModelView['tasks'] =>
  model.tasks.filter(({ sentence }) => sentence);

async function analysesOf(
  deps: ReadDeps,
  posts: readonly FoundPost[] | readonly PostRow[],
): Promise<Analysed[]> {
  if (posts.length === 0) return [];
  const tasks = sentenceTasks(deps.model).map(({ id }) => id);
  const params = {
    ids: [...new Set(posts.map(({ postId }) => postId))],
    times: [...new Set(posts.map(({ createdAt }) => String(createdAt)))],
  };
  return deps.database.query<Analysed>(bounded(analysesOfSql(tasks), deps.querySeconds), { params });
}

/**
 * One page of posts, newest first, with the cursor of the next page.
 * @throws Problem 400 for a cursor that is not of this filter; VigilError `DATABASE_AWAY` when it takes too long.
 */
export async function findPosts(
  deps: ReadDeps,
  filter: PostFilter,
  page: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<{ readonly items: ListedPost[]; readonly next: string | null }> {
  // A page is of one filter; the times move with the clock and do not belong to it.
  const { from: _from, to: _to, ...fixed } = filter;
  const at = page.cursor === undefined ? undefined : decodeCursor(place, fixed, page.cursor);
  const after = at && { createdAt: at[0], postId: at[1] };
  const { sql, params } = postsPageOf(filter, after, page.limit + 1);
  const rows = await deps.database.query<FoundPost>(bounded(sql, deps.querySeconds), { params });
  const posts = rows.slice(0, page.limit).filter(({ postId }, index) => postId !== rows[index - 1]?.postId);
  const analyses = (await analysesOf(deps, posts)).filter(({ run }) => run === 'live');
  const newest = new Map(analyses.toReversed().map((one) => [`${one.postId} ${one.revision}`, one]));
  const last = posts.at(-1);
  return {
    items: posts.map((post) => {
      const analysis = newest.get(`${post.postId} ${post.revision}`);
      const spans = analysis ? spansOf(analysis) : [];
      const answers = analysis ? answersOf(analysis, sentenceTasks(deps.model)) : [];
      return {
        ...post,
        spans,
        products: analysis ? productsOf(analysis) : [],
        adverseEffect: answers.find(({ id }) => id === 'adverse_effect') ?? null,
      };
    }),
    next: rows.length > page.limit && last ? encodeCursor(fixed, [last.createdAt, last.postId]) : null,
  };
}

function productsOf(row: AnalysisRow): PostAnalysis['products'] {
  return row.productIds.map((id, index) => ({
    id,
    name: row.productNames[index] ?? '',
    kind: row.productKinds[index] ?? '',
    startUtf16: row.productStarts[index] ?? 0,
    endUtf16: row.productEnds[index] ?? 0,
  }));
}

export type PostDetails = {
  /** The newest revision. */
  readonly post: PostRow;
  /** The revisions before it, newest first. */
  readonly earlier: readonly PostRow[];
  /** All models and runs, newest first. */
  readonly analyses: readonly PostAnalysis[];
  /** Posts with nearly the same text, and of the same conversation, oldest first. */
  readonly duplicates: readonly RelatedRow[];
  readonly thread: readonly RelatedRow[];
};

/** Everything that is known about a post; undefined where there is none, or it is gone. */
export async function readPost(deps: ReadDeps, id: string): Promise<PostDetails | undefined> {
  const { database, model, querySeconds } = deps;
  const ask = <T extends object>(sql: string, params: Record<string, string | number>): Promise<T[]> =>
    database.query<T & Record<string, unknown>>(bounded(sql, querySeconds), { params });
  const [post, ...earlier] = await ask<PostRow>(postSql, { id });
  if (!post) return undefined;
  const thread = post.threadId || post.replyTo || id;
  const [analyses, duplicates, conversation] = await Promise.all([
    analysesOf(deps, [post, ...earlier]),
    ask<RelatedRow>(duplicatesSql, { cluster: post.cluster, id, limit: mostRelated }),
    ask<RelatedRow>(threadSql, { thread, id, limit: mostRelated }),
  ]);
  return {
    post,
    earlier,
    analyses: analyses.map((row) => ({
      revision: row.revision,
      run: row.run,
      gate: row.gate,
      gateScore: row.gateScore,
      truncated: row.truncated,
      analysedAt: row.analysedAt,
      milliseconds: row.milliseconds,
      model: row.model,
      thresholds: row.thresholds,
      terminology: row.terminology,
      code: row.code,
      answers: answersOf(row, sentenceTasks(model)),
      spans: spansOf(row),
      products: productsOf(row),
    })),
    duplicates,
    thread: conversation,
  };
}
