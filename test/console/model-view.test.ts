import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { modelView } from '../../services/console/model-view.ts';

const tasksFile = join(import.meta.dirname, '..', '..', 'schemas', 'tasks.json');

test('of a task the figure that says most of real posts is shown', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-model-view-'));
  const of = (task: string, set: string, metric: string, value: number, rows = 10) => {
    return { task, set, metric, value, rows };
  };
  const manifest = {
    name: 'sample',
    version: '1.0.0',
    encoder: 'none',
    files: {},
    thresholds: { drug_use: 0.4 },
    metrics: [
      of('drug_use', 'own-plain', 'f1', 0.9),
      of('drug_use', 'real-small', 'f1', 0.5),
      of('drug_use', 'real-large', 'macro_f1', 0.6, 99),
      of('drug_use', 'real-large', 'f1', 0.7, 99),
      of('condition', 'rhmd', 'macro_f1', 0.8),
      of('spans', 'real-large', 'drug_overlapping_f1', 0.9),
      of('spans', 'real-large', 'effect_overlapping_f1', 0.55),
      of('term', 'own, all, among 10 names', 'hit_at_1', 0.76),
      of('vaccine_use', 'somewhere', 'f1', 0.8),
    ],
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  const { tasks } = modelView(folder, tasksFile);
  const shown = Object.fromEntries(tasks.map(({ id, score }) => [id, score]));
  expect(shown).toMatchObject({
    drug_use: 'f1 0.70, real-large',
    condition: 'macro_f1 0.80, rhmd',
    spans: 'effect_overlapping_f1 0.55, real-large',
    term: 'hit_at_1 0.76, own, all, among 10 names',
    vaccine_use: '',
  });
  expect(tasks.find(({ id }) => id === 'drug_use')?.threshold).toBe(0.4);
});
