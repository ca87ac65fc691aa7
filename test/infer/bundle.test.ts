import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inferConfig } from '../../services/infer/config.ts';
import type { Manifest } from '../../services/infer/models/manifest.ts';
import { openServing } from '../../services/infer/serving.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { createMetrics } from '../../services/shared/metrics.ts';
import { bundleFolder } from './world.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vigil-bundle-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A copy of the real bundle whose files are changed; large files are links until they are changed. */
async function broken(
  name: string,
  change: (folder: string, manifest: Manifest) => Promise<Manifest | string | undefined>,
): Promise<string> {
  const folder = join(root, name);
  const manifest = JSON.parse(await readFile(join(bundleFolder, 'manifest.json'), 'utf8')) as Manifest;
  for (const file of Object.keys(manifest.files)) {
    await cp(join(bundleFolder, file), join(folder, file), { recursive: true }).catch(() =>
      symlink(join(bundleFolder, file), join(folder, file)),
    );
  }
  const changed = await change(folder, manifest);
  if (changed !== undefined) {
    await writeFile(
      join(folder, 'manifest.json'),
      typeof changed === 'string' ? changed : JSON.stringify(changed),
    );
  }
  return folder;
}

/** Writes a file of the bundle anew and enters it into the manifest, as an honest but wrong export would. */
async function replace(folder: string, manifest: Manifest, file: string, bytes: Buffer): Promise<Manifest> {
  await writeFile(join(folder, file), bytes);
  const entry = manifest.files[file];
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { ...manifest, files: { ...manifest.files, [file]: { ...entry, sha256, bytes: bytes.length } } };
}

const open = (model: string, settings: Record<string, unknown> = {}) =>
  openServing(inferConfig.parse({ model, threads: 1, ...settings }), {
    clock: systemClock,
    metrics: createMetrics(),
  });

type Change = Parameters<typeof broken>[1];
const cases: [string, string, RegExp, Change][] = [
  ['no manifest', 'MODEL_MISSING', /no model bundle at .*infer\.model/, async () => undefined],
  ['manifest is no JSON', 'MODEL_MANIFEST', /no JSON/, async () => '{'],
  ['manifest lacks a field', 'MODEL_MANIFEST', /maxTokens/, async (_, { maxTokens: _gone, ...rest }) => JSON.stringify(rest)],
  ['other labels', 'MODEL_TASKS', /adverse_effect has the labels/, async (_, m) => ({
    ...m,
    tasks: m.tasks.map((task) => (task.id === 'adverse_effect' && task.kind === 'sentence' ? { ...task, labels: ['yes', 'no'] } : task)),
  })],
  ['a task too few', 'MODEL_TASKS', /symptom is missing/, async (_, m) => ({ ...m, tasks: m.tasks.filter(({ id }) => id !== 'symptom') })],
  ['a task too many', 'MODEL_TASKS', /extra of the bundle/, async (_, m) => ({
    ...m,
    tasks: [...m.tasks, { id: 'extra', kind: 'sentence', output: 'task.extra', labels: ['no', 'yes'] }],
  })],
  ['a file is gone', 'MODEL_MISSING', /gate\.bin/, async (folder, m) => {
    await rm(join(folder, 'gate.bin'));
    return m;
  }],
  ['one bit of the network', 'MODEL_CHECKSUM', /model\.onnx/, async (folder, m) => {
    const bytes = await readFile(join(folder, 'model.onnx'));
    bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1;
    await writeFile(join(folder, 'model.onnx'), bytes);
    return m;
  }],
  ['a short file', 'MODEL_CHECKSUM', /has \d+ bytes instead/, async (folder, m) => {
    await writeFile(join(folder, 'tokenizer.json'), '{}');
    return m;
  }],
  ['another tokeniser', 'MODEL_TOKENISER', /WordPiece/, async (folder, m) => replace(folder, m, 'tokenizer.json', Buffer.from('{}'))],
  ['a smaller gate', 'MODEL_GATE', /2\^18/, async (folder, m) => replace(folder, m, 'gate.bin', Buffer.alloc(16))],
  ['an empty gate', 'MODEL_GOLDENS', /the gate gives/, async (folder, m) => replace(folder, m, 'gate.bin', Buffer.alloc(1 << 18))],
  ['no network', 'MODEL_FILE', /cannot be opened/, async (folder, m) => replace(folder, m, 'model.onnx', Buffer.from('no protobuf'))],
  ['goldens of another model', 'MODEL_GOLDENS', /golden 4 .*adverse_effect is/, async (folder, m) => {
    const lines = (await readFile(join(folder, 'golden.jsonl'), 'utf8')).trimEnd().split('\n');
    const golden = JSON.parse(lines[3] ?? '') as { probabilitiesInt8: Record<string, number[]> };
    golden.probabilitiesInt8['adverse_effect']?.reverse();
    lines[3] = JSON.stringify(golden);
    return replace(folder, m, 'golden.jsonl', Buffer.from(lines.join('\n')));
  }],
  ['no goldens', 'MODEL_GOLDENS', /nothing proves it/, async (folder, m) => replace(folder, m, 'golden.jsonl', Buffer.from('\n'))],
]; // prettier-ignore

describe('a broken bundle stops with what to do', () => {
  test.each(cases)('%s', async (name, code, message, change) => {
    const folder = await broken(name.replaceAll(' ', '-'), change);
    const failure = await open(folder).then(
      async (serving) => {
        await serving[Symbol.asyncDispose]();
        return undefined;
      },
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ name: 'VigilError', code, canRetry: false });
    expect((failure as Error).message).toMatch(message);
  });
});

test('the bundle that comes along is whole and proves itself', async () => {
  await using serving = await open(bundleFolder);
  expect(serving.proof.goldens).toBeGreaterThanOrEqual(60);
  expect(serving.proof.largestDifference).toBeLessThanOrEqual(serving.bundle.manifest.golden.tolerance);
});

test('a precision that the bundle lacks names those that it has', async () => {
  await expect(open(bundleFolder, { precision: 'fp16' })).rejects.toMatchObject({
    code: 'MODEL_PRECISION',
    message: expect.stringMatching(/weights in: int8/),
  });
});

test.skipIf(process.platform !== 'linux')(
  'a device that is missing is told with those that are there',
  async () => {
    // Machines with a graphics card offer cuda or webgpu; none offers both without their libraries.
    const failures: unknown[] = [];
    for (const device of ['cuda', 'webgpu']) {
      await open(bundleFolder, { device }).then(
        (serving) => serving[Symbol.asyncDispose](),
        (error: unknown) => failures.push(error),
      );
    }
    for (const failure of failures) {
      expect(failure).toMatchObject({ code: 'MODEL_DEVICE', message: expect.stringMatching(/it has: cpu/) });
    }
    expect(failures.length).toBeGreaterThan(0);
  },
);
