import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { modelView } from '../../services/console/model-view.ts';

const tasksFile = join(import.meta.dirname, '..', '..', 'schemas', 'tasks.json');

/** What the page says of each task for some figures of a manifest. */
function scoresOf(metrics: readonly object[]): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-model-view-'));
  const manifest = { name: 'sample', version: '1.0.0', encoder: 'none', files: {}, metrics };
  writeFileSync(
    join(folder, 'manifest.json'),
    JSON.stringify({ ...manifest, thresholds: { drug_use: 0.4 } }),
  );
  const { tasks } = modelView(folder, tasksFile);
  expect(tasks.find(({ id }) => id === 'drug_use')?.threshold).toBe(0.4);
  return Object.fromEntries(tasks.map(({ id, score }) => [id, score]));
}

const of = (task: string, set: string, metric: string, value: number, positives = 20, rows = 50) => {
  return { task, set, metric, value, positives, rows };
};

test('of a task the figure that says most of real posts is shown', () => {
  const scores = scoresOf([
    of('drug_use', 'own-plain', 'f1', 0.9),
    of('drug_use', 'real-small', 'f1', 0.5),
    of('drug_use', 'real-large', 'macro_f1', 0.6, 25),
    of('drug_use', 'real-large', 'f1', 0.7, 25),
    of('condition', 'rhmd', 'macro_f1', 0.8),
    of('spans', 'real-large', 'drug_overlapping_f1', 0.9),
    of('spans', 'real-large', 'effect_overlapping_f1', 0.55, 70),
    of('term', 'own, all, among 10 names', 'hit_at_1', 0.76, 50),
    of('vaccine_use', 'somewhere', 'f1', 0.8),
  ]);
  expect(scores).toMatchObject({
    drug_use: 'f1 0.70, real-large: 25 positives in 50 rows',
    condition: 'macro_f1 0.80, rhmd: 20 positives in 50 rows',
    spans: 'effect_overlapping_f1 0.55, real-large: 70 positives in 50 rows',
    term: 'hit_at_1 0.76, own, all, among 10 names: 50 positives in 50 rows',
    vaccine_use: '',
  });
});

test('a score over a handful of positives or negatives is not shown, however many rows its set has', () => {
  const scores = scoresOf([
    { ...of('withdrawal', 'real-large', 'f1', 0, 1, 101), low: 0, high: 0 },
    { ...of('withdrawal', 'psytar', 'f1', 0.56, 28, 356), low: 0.41, high: 0.68 },
    of('vaccine_use', 'real-large', 'f1', 0, 9, 101),
    of('vaccine_use', 'real-other', 'f1', 0.85, 22, 47),
    of('vaccine_use', 'real-vaccine-stance', 'f1', 0.78, 40, 69),
    of('vaccine_relevance', 'real-caves', 'f1', 1, 47, 47),
    of('vaccine_relevance', 'real-background', 'f1', 0.92, 12, 39),
    of('vaccine_intent', 'real-caves', 'f1', 0.4, 4, 47),
  ]);
  expect(scores).toMatchObject({
    withdrawal: 'f1 0.56 (0.41–0.68), psytar: 28 positives in 356 rows',
    vaccine_use: 'f1 0.78, real-vaccine-stance: 40 positives in 69 rows',
    vaccine_relevance: 'f1 0.92, real-background: 12 positives in 39 rows',
    vaccine_intent: 'too few held-out rows: nowhere 10 positives and 10 negatives',
  });
});
