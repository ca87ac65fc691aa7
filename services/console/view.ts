/** What the page is told: plain data, the same over `/api/v1/overview` and the live stream. */

export type StageView = {
  readonly name: 'ingest' | 'infer' | 'store';
  /** Posts a second over the last interval. */
  readonly perSecond: number;
  /** Posts that wait for this stage; null for the first one. */
  readonly lag: number | null;
};

export type SourceView = {
  readonly name: string;
  readonly posts: number;
  /** When the last record was accepted here, ms since 1970 UTC. */
  readonly lastSeenAt: number;
};

export type CountView = {
  readonly stage: string;
  readonly source: string;
  readonly reason: string;
  readonly count: number;
};

export type Overview = {
  readonly at: number;
  readonly stages: readonly StageView[];
  readonly totals: {
    readonly posts: number;
    readonly analysed: number;
    readonly findings: number;
    readonly people: number;
  };
  readonly sources: readonly SourceView[];
  readonly drops: readonly CountView[];
  readonly deadLetters: readonly CountView[];
};

export type SpanView = {
  readonly label: string;
  readonly startUtf16: number;
  readonly endUtf16: number;
  readonly score: number;
  readonly level: 'term' | 'class' | 'none';
  readonly term: string;
  readonly className: string;
  /** What it counts as; empty where it does not count. */
  readonly role: string;
};

export type Finding = {
  readonly postId: string;
  readonly source: string;
  readonly createdAt: number;
  readonly analysedAt: number;
  readonly text: string;
  readonly permalink: string | null;
  readonly spans: readonly SpanView[];
  readonly products: readonly { readonly name: string; readonly kind: string }[];
  readonly tasks: readonly { readonly id: string; readonly label: string; readonly probability: number }[];
};

export type TaskView = {
  readonly id: string;
  readonly title: string;
  readonly question: string;
  readonly probability: string;
  readonly sentence: boolean;
  readonly threshold: number | null;
  readonly positive: string | null;
  /** The held-out score that says most of real posts, as text with its interval, its set and its positives. */
  readonly score: string;
};

/** A figure of the model's bundle: how well it did on held-out rows. */
export type FigureView = {
  readonly task: string;
  readonly set: string;
  readonly metric: string;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly rows: number | null;
  /** Rows with the positive label, marks or terms that were to be found. */
  readonly positives: number | null;
};

export type ModelView = {
  readonly name: string;
  readonly version: string;
  readonly encoder: string;
  readonly megabytes: number;
  readonly tasks: readonly TaskView[];
  readonly card: string;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
  readonly maxTokens: number;
  /** Data sets that it was trained and tested on, and the hash of what was taken from them. */
  readonly data: { readonly sha256: string; readonly sets: readonly string[] };
  readonly figures: readonly FigureView[];
};
