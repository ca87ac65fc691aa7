import type { AnalysisRow } from '../store/queries/post-details.ts';
import type { ModelView } from './view.ts';

export type PostSpan = {
  readonly label: string;
  readonly startUtf16: number;
  readonly endUtf16: number;
  readonly score: number;
  readonly level: string;
  /** Empty where only the organ class is sure. */
  readonly conceptId: string;
  readonly concept: string;
  readonly conceptScore: number;
  readonly classId: string;
  readonly class: string;
  /** What it counts as; empty: it does not count. */
  readonly role: string;
  readonly marks: readonly string[];
  /** Terms that were considered, best first. */
  readonly candidates: readonly { readonly id: string; readonly term: string; readonly score: number }[];
};

export type PostAnswer = {
  readonly id: string;
  readonly title: string;
  readonly label: string;
  readonly probability: number;
  /** The label that the probability is of: the positive one of the task, where it has one, else the answer. */
  readonly probabilityOf: string;
  readonly threshold: number | null;
  /** What the probability means. */
  readonly meaning: string;
};

export type PostAnalysis = {
  readonly revision: number;
  readonly run: string;
  readonly gate: string;
  readonly gateScore: number;
  readonly truncated: boolean;
  readonly analysedAt: number;
  readonly milliseconds: number;
  readonly model: string;
  readonly thresholds: string;
  readonly terminology: string;
  readonly code: string;
  /** Of the tasks that were asked; none where the gate refused the post. */
  readonly answers: readonly PostAnswer[];
  readonly spans: readonly PostSpan[];
  readonly products: readonly {
    readonly id: string;
    readonly name: string;
    readonly kind: string;
    readonly startUtf16: number;
    readonly endUtf16: number;
  }[];
};

/** Spans of a row, whose columns are lists of the same length. */
export function spansOf(row: AnalysisRow): PostSpan[] {
  return row.spanLabels.map((label, index) => ({
    label,
    startUtf16: row.spanStarts[index] ?? 0,
    endUtf16: row.spanEnds[index] ?? 0,
    score: row.spanScores[index] ?? 0,
    level: row.spanLevels[index] ?? 'none',
    conceptId: row.spanConceptIds[index] ?? '',
    concept: row.spanConcepts[index] ?? '',
    conceptScore: row.spanConceptScores[index] ?? 0,
    classId: row.spanClassIds[index] ?? '',
    class: row.spanClasses[index] ?? '',
    role: row.spanRoles[index] ?? '',
    marks: row.spanMarks[index] ?? [],
    candidates: row.spanCandidates[index] ?? [],
  }));
}

/** Answers of a row to the tasks that it was asked. */
export function answersOf(row: AnalysisRow, tasks: ModelView['tasks']): PostAnswer[] {
  return tasks.flatMap(({ id, title, probability: meaning, positive, threshold }) => {
    const label = row[id];
    if (typeof label !== 'string' || label === '') return [];
    const probability = Number(row[`${id}_p`]);
    return [{ id, title, label, probability, probabilityOf: positive ?? label, threshold, meaning }];
  });
}
