import { describe, expect, test } from 'vitest';
import { taskList, taskSchema, type MarksTask } from '../../schemas/tasks.ts';
import { agree, manifestSchema, type Manifest } from '../../services/infer/models/manifest.ts';

const sha256 = '0'.repeat(64);

/** A manifest that agrees with tasks.json, as an export writes it. */
const manifest = (changes: Partial<Manifest> = {}): Manifest =>
  manifestSchema.parse({
    format: 1,
    name: 'sample',
    version: '1.0.0',
    encoder: 'none',
    maxTokens: 128,
    hidden: 8,
    files: { 'model.onnx': { sha256, bytes: 1, precision: 'int8' } },
    tasks: taskList.tasks.map((task) => ({
      id: task.id,
      kind: task.kind,
      output: `task.${task.id}`,
      ...(task.kind === 'vector' ? { dimensions: task.dimensions } : { labels: task.labels }),
    })),
    thresholds: {},
    gate: {
      file: 'gate.bin',
      hash: 'fnv1a32',
      bits: 18,
      weights: 'int8',
      scale: 1,
      bias: 0,
      threshold: 0,
      ngrams: [1, 2],
    },
    golden: { file: 'golden.jsonl', tolerance: 0.1 },
    ...changes,
  });

const marks = taskList.tasks.find((task): task is MarksTask => task.kind === 'marks');
const tasksWith = (id: string, change: object): Manifest['tasks'] =>
  manifest().tasks.map((task) => (task.id === id ? { ...task, ...change } : task));

describe('a bundle serves', () => {
  test('every task in the order of the list, each with its tensor', () => {
    expect(agree(manifest()).map(({ task, output }) => [task.id, output])).toEqual(
      taskList.tasks.map(({ id }) => [id, `task.${id}`]),
    );
  });

  test.each<[string, Record<string, number>, MarksTask['thresholds'] | undefined]>([
    ['the thresholds of the list', {}, marks?.thresholds],
    [
      'its own',
      { 'marks.uncertain': 0.31, 'marks.other-person': 0.72 },
      { uncertain: 0.31, 'other-person': 0.72 },
    ],
  ])('marks with %s', (_, thresholds, expected) => {
    const served = agree(manifest({ thresholds })).find(({ task }) => task.id === 'marks');
    expect(served?.markThresholds).toEqual(expected);
  });
});

describe('a bundle is refused that', () => {
  const all = manifest().tasks;
  test.each<[string, Manifest['tasks'], string]>([
    ['has no marks', all.filter(({ id }) => id !== 'marks'), 'marks is missing in the bundle'],
    ['lacks a sentence task', all.filter(({ id }) => id !== 'drug_use'), 'drug_use is missing in the bundle'],
    ['has marks of another kind', tasksWith('marks', { kind: 'token' }), 'marks is of the kind token there'],
    [
      'has the marks in another order',
      tasksWith('marks', { labels: ['uncertain', 'negated', 'other-person', 'indication'] }),
      'marks has the labels uncertain, negated, other-person, indication there',
    ],
    [
      'knows no conditions',
      tasksWith('spans', { labels: ['O', 'B-effect', 'I-effect', 'B-drug', 'I-drug'] }),
      'spans has the labels O, B-effect, I-effect, B-drug, I-drug there',
    ],
  ])('%s', (_, tasks, message) => {
    expect(() => agree(manifest({ tasks }))).toThrow(message);
  });
});

test.each([
  ['a mark that there is not', { labels: ['negated', 'uncertain', 'other-person', 'sarcasm'] }],
  ['a mark twice', { labels: ['negated', 'negated', 'other-person', 'indication'] }],
  ['a threshold too few', { thresholds: { uncertain: 0.5 } }],
  ['a threshold too many', { thresholds: { ...marks?.thresholds, negated: 0.5 } }],
])('the list of tasks is refused with %s', (_, change) => {
  expect(taskSchema.safeParse(marks).success).toBe(true);
  expect(taskSchema.safeParse({ ...marks, ...change }).success).toBe(false);
});
