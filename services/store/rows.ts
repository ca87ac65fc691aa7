import {
  spanMarks,
  type AnalysedPost,
  type Analysis,
  type ProductMention,
  type Span,
  type SpanMark,
} from '../../schemas/analysis.ts';
import type { Deletion } from '../../schemas/deletion.ts';
import type { DeadLetter, Drop, Gap } from '../../schemas/flow.ts';
import type { Post } from '../../schemas/post.ts';
import tasksFile from '../../schemas/tasks.json' with { type: 'json' };
import type { Row } from './database.ts';

/** Rows of one record, by table. */
export type Rows = ReadonlyArray<readonly [table: TableName, row: Row]>;
export type TableName = 'posts' | 'edits' | 'analyses' | 'deletions' | 'drops' | 'dead_letters' | 'gaps';

/** Tasks that have columns: the answers of sentence tasks. */
export const taskColumns: readonly string[] = tasksFile.tasks
  .filter(({ kind }) => kind === 'sentence')
  .map(({ id }) => id);
const known = new Set(taskColumns);

function postRow(post: Post): Row {
  return {
    post_id: post.id,
    revision: post.revision,
    source: post.source,
    platform: post.platform,
    kind: post.kind,
    text: post.text,
    lang: post.lang,
    country: post.country ?? '',
    created_at: post.createdAt,
    seen_at: post.seenAt,
    author: post.author.hash,
    author_followers: post.author.followers,
    author_age: post.author.ageYears,
    author_automated: post.author.automated,
    reply_to: post.replyTo ?? '',
    thread_id: post.threadId ?? '',
    repost_of: post.repostOf ?? '',
    links: post.links,
    permalink: post.permalink ?? '',
    edits: post.edits,
    edited_at: post.editedAt,
    cluster: post.cluster,
    flags: post.flags,
  };
}

const effectThreshold = tasksFile.tasks.find(({ id }) => id === 'adverse_effect')?.threshold ?? 0.5;

/** What a span counts as: one of the marks, `effect`, or nothing. */
export type Role = 'effect' | SpanMark | '';

/**
 * What an effect counts as. What is said of the span comes first, in the order of `spanMarks`; then the answer
 * for the whole post: an effect, uncertain from half of the threshold on, or the reason for taking the product.
 */
export function roleOf({ label, marks = [] }: Pick<Span, 'label' | 'marks'>, tasks: Analysis['tasks']): Role {
  if (label !== 'effect') return '';
  const mark = marks.length === 0 ? undefined : spanMarks.find((one) => marks.includes(one));
  if (mark !== undefined) return mark;
  const effect = tasks['adverse_effect'];
  if (effect?.label === 'yes') return 'effect';
  if (effect && effect.probability >= effectThreshold / 2) return 'uncertain';
  return tasks['indication']?.label === 'yes' ? 'indication' : '';
}

// A span keeps its concept only where the model is sure of it; below that only its organ class counts.
function spanColumns({ spans, tasks }: Analysis): Row {
  const best = spans.map(({ level, terms }) => (level === 'none' ? undefined : terms[0]));
  const sure = spans.map(({ level, terms }) => (level === 'term' ? terms[0] : undefined));
  return {
    'spans.label': spans.map((span) => span.label),
    'spans.start': spans.map((span) => span.start),
    'spans.end': spans.map((span) => span.end),
    'spans.start_utf16': spans.map((span) => span.startUtf16),
    'spans.end_utf16': spans.map((span) => span.endUtf16),
    'spans.text': spans.map((span) => span.text),
    'spans.score': spans.map((span) => span.score),
    'spans.level': spans.map((span) => span.level),
    'spans.concept_id': sure.map((one) => one?.id ?? ''),
    'spans.concept': sure.map((one) => one?.term ?? ''),
    'spans.concept_score': best.map((one) => one?.score ?? 0),
    'spans.class_id': best.map((one) => one?.classId ?? ''),
    'spans.class': best.map((one) => one?.className ?? ''),
    'spans.marks': spans.map((span) => span.marks ?? []),
    'spans.role': spans.map((span) => roleOf(span, tasks)),
    'spans.candidates': spans.map(({ terms }) => terms.map(({ id, term, score }) => ({ id, term, score }))),
  };
}

function productColumns(products: readonly ProductMention[]): Row {
  return {
    'products.id': products.map((product) => product.id),
    'products.name': products.map((product) => product.name),
    'products.kind': products.map((product) => product.kind),
    'products.start': products.map((product) => product.start),
    'products.end': products.map((product) => product.end),
    'products.start_utf16': products.map((product) => product.startUtf16),
    'products.end_utf16': products.map((product) => product.endUtf16),
  };
}

function taskAnswers(tasks: Analysis['tasks']): Row {
  const columns: Record<string, unknown> = {};
  for (const [task, answer] of Object.entries(tasks)) {
    if (!known.has(task)) throw new RangeError('a task of the analysis has no column');
    columns[task] = answer.label;
    columns[`${task}_p`] = answer.probability;
  }
  return columns;
}

function analysisRow(post: Post, analysis: Analysis): Row {
  const { gate, versions } = analysis;
  return {
    post_id: post.id,
    revision: post.revision,
    run: analysis.run,
    model: versions.model,
    gate: gate.verdict,
    gate_score: gate.score,
    source: post.source,
    platform: post.platform,
    kind: post.kind,
    lang: post.lang,
    country: post.country ?? '',
    created_at: post.createdAt,
    seen_at: post.seenAt,
    author: post.author.hash,
    author_automated: post.author.automated,
    advert: post.flags.includes('advert'),
    cluster: post.cluster,
    truncated: analysis.truncated,
    analysed_at: analysis.analysedAt,
    milliseconds: analysis.milliseconds,
    thresholds: versions.thresholds,
    terminology: versions.terminology,
    code: versions.code,
    // What a refused post has not got is left out of its line: nine lines of ten are short.
    ...(gate.verdict === 'refused' ? undefined : taskAnswers(analysis.tasks)),
    ...(analysis.spans.length > 0 ? spanColumns(analysis) : undefined),
    ...(analysis.products.length > 0 ? productColumns(analysis.products) : undefined),
  };
}

/**
 * Rows of an analysed post: the post, its analysis, and for an edit the note of its newest revision, which
 * goes in first, so that there is no moment at which two revisions are current.
 * @throws RangeError when the analysis answers a task for which there is no column.
 */
export function analysedPostRows({ post, analysis }: AnalysedPost): Rows {
  const rows: [TableName, Row][] = [
    ['posts', postRow(post)],
    ['analyses', analysisRow(post, analysis)],
  ];
  if (post.revision > 0) rows.unshift(['edits', { post_id: post.id, revision: post.revision }]);
  return rows;
}

export function deletionRows(notice: Deletion): Rows {
  const { postId, author, source, reason, at, seenAt } = notice;
  return [
    ['deletions', { post_id: postId ?? '', author: author ?? '', source, reason, at, seen_at: seenAt }],
  ];
}

/** Where a record lies in the log; tells apart records that are equal otherwise. */
export type Place = { readonly partition: number; readonly offset: number };

export function dropRows({ stage, source, reason, count, at }: Drop, { partition, offset }: Place): Rows {
  return [['drops', { at, stage, source, reason, count, log_partition: partition, log_offset: offset }]];
}

export function deadLetterRows(letter: DeadLetter, { partition, offset }: Place): Rows {
  const { at, stage, source, reason, origin, bytes, detail, record } = letter;
  const place = { log_partition: partition, log_offset: offset };
  return [
    ['dead_letters', { at, stage, source, reason, origin, bytes, detail, record: record ?? '', ...place }],
  ];
}

export function gapRows({ source, from, to, reason, seenAt }: Gap): Rows {
  return [['gaps', { source, from, to, reason, seen_at: seenAt }]];
}
