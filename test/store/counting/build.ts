import { createHash } from 'node:crypto';
import type { AnalysedPost, Span, SpanMark } from '../../../schemas/analysis.ts';
import type { Deletion } from '../../../schemas/deletion.ts';
import { analysedPostRows, deletionRows, type TableName } from '../../../services/store/rows.ts';
import type { Database, Row } from '../../../services/store/database.ts';
import { refreshSuperseded } from '../../../services/store/queries/mentions.ts';
import { analysedSample, authorDeletion, postDeletion } from '../samples.ts';

const hex = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
export const dayMs = 86_400_000;

/** One answer to one post, small enough that random ones meet each other. */
export type Answer = {
  readonly post: number;
  readonly revision: number;
  readonly run: 'live' | 'again';
  readonly model: 'm1' | 'm2';
  readonly refused: boolean;
  readonly effect: 'yes' | 'unsure' | 'no';
  readonly indication: boolean;
  readonly products: readonly number[];
  readonly spans: readonly { readonly concept: number; readonly mark: SpanMark | 'none' }[];
};

function spanOf({ concept, mark }: Answer['spans'][number]): Span {
  const term = {
    id: `e${concept}`,
    term: `effect ${concept}`,
    classId: `c${concept % 2}`,
    className: `class ${concept % 2}`,
    score: 0.9,
  };
  const place = { start: 0, end: 4, startUtf16: 0, endUtf16: 4, text: 'word', score: 0.9 };
  // One of them is sure of its class only.
  const level = concept === 3 ? 'class' : 'term';
  return { label: 'effect', ...place, level, terms: [term], ...(mark === 'none' ? {} : { marks: [mark] }) };
}

/** The record of an answer. Posts 0 and 4, 1 and 5 and so on share their text, posts 0 and 3 and so on their author. */
export function recordOf(answer: Answer, analysedAt: number): AnalysedPost {
  const { post: n, revision, run, model, refused, effect, indication } = answer;
  const { post, analysis } = analysedSample(n, { revision, run, model, refused, analysedAt });
  const author = n % 3;
  // Numbers and times go against each other, so that the order of arrival is not that of creation.
  const createdAt = post.createdAt - n * 7 * 3_600_000;
  const yes = {
    adverse_effect: { yes: 0.9, unsure: 0.4, no: 0.05 }[effect],
    indication: indication ? 0.95 : 0.1,
  };
  const tasks = Object.fromEntries(
    Object.entries(yes).map(([task, p]) => [
      task,
      { label: p > 0.5 ? 'yes' : 'no', probability: p, probabilities: [1 - p, p] },
    ]),
  );
  const place = { start: 0, end: 4, startUtf16: 0, endUtf16: 4, kind: 'drug' as const };
  return {
    v: 1,
    post: {
      ...post,
      createdAt,
      seenAt: createdAt + 5000,
      author: { ...post.author, hash: hex(`author ${author}`) + hex('rest'), automated: n === 7 },
      cluster: hex(`text ${n % 4} ${revision}`),
      flags: n === 6 ? ['advert'] : [],
    },
    analysis: {
      ...analysis,
      tasks: refused ? {} : tasks,
      spans: refused ? [] : answer.spans.map(spanOf),
      products: refused
        ? []
        : answer.products.map((id) => ({ id: `p${id}`, name: `product ${id}`, ...place })),
    },
  };
}

export const deletionOfPost = (n: number): Deletion => ({ ...postDeletion(n), postId: `forum:${n}` });
export const deletionOfAuthor = (author: number): Deletion => ({
  ...authorDeletion(''),
  author: hex(`author ${author}`) + hex('rest'),
});

let inserts = 0;

/** Inserts rows as the store does, each table in a step of its own under a token; counts do not ask the posts. */
export async function insertAll(
  database: Database,
  records: readonly (AnalysedPost | Deletion)[],
  token = `t${inserts++}`,
): Promise<void> {
  const byTable = new Map<TableName, Row[]>();
  for (const record of records) {
    const rows = 'analysis' in record ? analysedPostRows(record) : deletionRows(record);
    for (const [table, row] of rows) {
      if (table === 'posts') continue;
      byTable.set(table, [...(byTable.get(table) ?? []), row]);
    }
  }
  for (const [table, rows] of byTable) await database.insert(`vigilstream.${table}`, rows, { token });
}

export async function empty(database: Database): Promise<void> {
  const tables = ['analyses', 'mentions', 'edits', 'deletions', 'superseded', 'copies', 'refreshes'];
  for (const table of tables) await database.command(`TRUNCATE TABLE vigilstream.${table}`);
}

export const refresh = refreshSuperseded;
