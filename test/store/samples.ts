import { createHash } from 'node:crypto';
import type { AnalysedPost, Span, SpanMark, TaskAnswer } from '../../schemas/analysis.ts';
import type { Deletion } from '../../schemas/deletion.ts';
import tasksFile from '../../schemas/tasks.json' with { type: 'json' };
import type { Entry } from '../../services/log/log.ts';

const hex = (text: string, digits: number) =>
  createHash('sha256').update(text).digest('hex').slice(0, digits);

/** 2026-03-01 12:00 UTC. */
export const noon = Date.UTC(2026, 2, 1, 12);

export type SampleOptions = {
  readonly revision?: number;
  readonly run?: string;
  readonly model?: string;
  readonly author?: string;
  readonly text?: string;
  readonly analysedAt?: number;
  readonly effect?: 'yes' | 'no';
  /** What is said of the effect. */
  readonly marks?: readonly SpanMark[];
  /** Refused posts carry no answers. */
  readonly refused?: boolean;
};

function answers(effect: 'yes' | 'no'): Record<string, TaskAnswer> {
  const tasks: Record<string, TaskAnswer> = {};
  for (const task of tasksFile.tasks) {
    if (task.kind !== 'sentence' || !task.labels) continue;
    const labels: readonly string[] = task.labels;
    const label = task.id === 'adverse_effect' ? effect : (labels[0] ?? '');
    const probabilities = labels.map((one) => (one === label ? 0.9 : 0.1 / (labels.length - 1)));
    tasks[task.id] = { label, probability: label === 'no' ? 0.1 : 0.9, probabilities };
  }
  return tasks;
}

function spansOf(text: string, marks: SampleOptions['marks']): Span[] {
  const at = text.indexOf('headache');
  if (at < 0) return [];
  const place = { start: at, end: at + 8, startUtf16: at, endUtf16: at + 8 };
  const term = {
    id: 'v:headache',
    term: 'Headache',
    classId: 'v:nervous',
    className: 'Nervous system',
    score: 0.8,
  };
  const said = marks && { marks: [...marks] };
  return [
    { label: 'effect', ...place, text: 'headache', score: 0.95, level: 'term', terms: [term], ...said },
  ];
}

/** A post and its analysis, the same for the same arguments; nine of ten could be refused by the gate. */
export function analysedSample(n: number, options: SampleOptions = {}): AnalysedPost {
  const { revision = 0, run = 'live', model = 'sample-1', refused = false, effect = 'yes' } = options;
  const text = options.text ?? `the new tablets number ${n} gave me a headache for two days`;
  const createdAt = noon + n * 1000;
  const spans = refused ? [] : spansOf(text, options.marks);
  return {
    v: 1,
    post: {
      v: 1,
      id: `forum:${n}`,
      source: 'forum',
      platform: 'discourse',
      kind: 'post',
      revision,
      text,
      lang: 'en',
      country: null,
      createdAt,
      seenAt: createdAt + 500,
      author: {
        hash: hex(options.author ?? `author ${n % 50}`, 32),
        followers: 'unknown',
        ageYears: '1-4',
        automated: false,
      },
      replyTo: null,
      threadId: null,
      repostOf: null,
      links: ['example.org'],
      permalink: null,
      edits: [],
      editedAt: revision > 0 ? createdAt + revision * 60_000 : null,
      cluster: hex(text, 16),
      flags: [],
    },
    analysis: {
      v: 1,
      postId: `forum:${n}`,
      revision,
      run,
      gate: { verdict: refused ? 'refused' : 'passed', score: refused ? -2 : 1.5 },
      tasks: refused ? {} : answers(effect),
      spans,
      products:
        spans.length > 0
          ? [
              {
                id: 'v:tablets',
                name: 'tablets',
                kind: 'drug',
                start: 8,
                end: 15,
                startUtf16: 8,
                endUtf16: 15,
              },
            ]
          : [],
      truncated: false,
      analysedAt: options.analysedAt ?? createdAt + 900,
      milliseconds: 1.25,
      versions: { model, thresholds: 't1', terminology: 'open-1', code: 'test' },
    },
  };
}

export function postDeletion(n: number): Deletion {
  const at = noon + 3_600_000;
  return {
    v: 1,
    source: 'forum',
    postId: `forum:${n}`,
    author: null,
    reason: 'deleted',
    at,
    seenAt: at + 10,
  };
}

export function authorDeletion(author: string): Deletion {
  const at = noon + 3_600_000;
  return {
    v: 1,
    source: 'forum',
    postId: null,
    author: hex(author, 32),
    reason: 'account-deleted',
    at,
    seenAt: at,
  };
}

export function entryOf(record: object, key: string): Entry {
  return { key, value: Buffer.from(JSON.stringify(record)) };
}

export function analysedEntries(from: number, to: number, options: SampleOptions = {}): Entry[] {
  return Array.from({ length: to - from }, (_, i) => {
    const sample = analysedSample(from + i, options);
    return entryOf(sample, sample.post.id);
  });
}
