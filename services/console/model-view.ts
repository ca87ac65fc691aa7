import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ModelView } from './view.ts';

const manifestPart = z.looseObject({
  name: z.string(),
  version: z.string(),
  encoder: z.string(),
  files: z.record(z.string(), z.looseObject({ bytes: z.number(), sha256: z.string().default('') })),
  maxTokens: z.number().default(0),
  data: z.looseObject({ sha256: z.string().default(''), sets: z.array(z.string()).default([]) }).prefault({}),
  thresholds: z.record(z.string(), z.number()),
  metrics: z.array(
    z.looseObject({
      task: z.string(),
      set: z.string(),
      metric: z.string(),
      value: z.number(),
      low: z.number().optional(),
      high: z.number().optional(),
      rows: z.number().optional(),
      positives: z.number().optional(),
    }),
  ),
});

const tasksPart = z.looseObject({
  tasks: z.array(
    z.looseObject({
      id: z.string(),
      kind: z.string(),
      title: z.string(),
      question: z.string().default(''),
      probability: z.string().default(''),
      positive: z.string().optional(),
    }),
  ),
});

type Figure = z.output<typeof manifestPart>['metrics'][number];

/** Which figure of a task the page shows: of the positive class before all. */
const metrics = ['f1', 'macro_f1', 'effect_overlapping_f1', 'hit_at_1'];
/** Of real posts with the project's own labels before the labels of others, and of those before written ones. */
const sets = [
  'real-',
  'psytar',
  'rhmd',
  'sick-tweets',
  'vaccine-stance',
  'caves',
  'own-plain',
  'own, all',
  'own-',
];
const placeOf = ({ set }: Figure): number => sets.findIndex((one) => set.startsWith(one));

/** A score over fewer says more of the few than of the model. */
const fewest = 10;

/** How many rows a score rests on: positives, or negatives where those are fewer and can be told apart. */
function supportOf({ metric, positives = 0, rows = 0 }: Figure): number {
  return ['f1', 'macro_f1'].includes(metric) ? Math.min(positives, rows - positives) : positives;
}

/** The figure of a task that says most of real posts, as text with its set and what it rests on. */
function scoreOf(task: string, figures: readonly Figure[]): string {
  const fitting = figures.filter(
    (one) => one.task === task && metrics.includes(one.metric) && placeOf(one) >= 0,
  );
  if (fitting.length === 0) return '';
  const [best] = fitting
    .filter((one) => supportOf(one) >= fewest)
    .toSorted(
      (a, b) =>
        placeOf(a) - placeOf(b) ||
        metrics.indexOf(a.metric) - metrics.indexOf(b.metric) ||
        supportOf(b) - supportOf(a),
    );
  if (!best) return `too few held-out rows: nowhere ${fewest} positives and ${fewest} negatives`;
  const { metric, value, low, high, set, positives, rows } = best;
  const interval = low === undefined || high === undefined ? '' : ` (${low.toFixed(2)}–${high.toFixed(2)})`;
  return `${metric} ${value.toFixed(2)}${interval}, ${set}: ${positives} positives in ${rows} rows`;
}

function cardOf(bundle: string): string {
  const file = join(bundle, 'CARD.md');
  return existsSync(file) ? readFileSync(file, 'utf8') : 'This bundle comes without a card.';
}

/** What the page says of the model: read from its bundle's manifest and card, and from `tasks.json`. */
export function modelView(bundle: string, tasksFile: string): ModelView {
  const manifest = manifestPart.parse(JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8')));
  const { tasks } = tasksPart.parse(JSON.parse(readFileSync(tasksFile, 'utf8')));
  return {
    name: manifest.name,
    version: manifest.version,
    encoder: manifest.encoder,
    megabytes: Object.values(manifest.files).reduce((total, file) => total + file.bytes, 0) / 1e6,
    tasks: tasks.map((task) => ({
      id: task.id,
      title: task.title,
      question: task.question,
      probability: task.probability,
      sentence: task.kind === 'sentence',
      threshold: manifest.thresholds[task.id] ?? null,
      positive: task.positive ?? null,
      score: scoreOf(task.id, manifest.metrics),
    })),
    card: cardOf(bundle),
    files: Object.entries(manifest.files).map(([name, { bytes, sha256 }]) => ({ name, bytes, sha256 })),
    maxTokens: manifest.maxTokens,
    data: { sha256: manifest.data.sha256, sets: manifest.data.sets },
    figures: manifest.metrics.map(({ task, set, metric, value, low, high, rows, positives }) => ({
      task,
      set,
      metric,
      value,
      low: low ?? null,
      high: high ?? null,
      rows: rows ?? null,
      positives: positives ?? null,
    })),
  };
}
