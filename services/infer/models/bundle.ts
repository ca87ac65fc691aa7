import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, VigilError } from '../../shared/errors.ts';
import { sha256Hex } from '../../shared/ids.ts';
import type { Device, Precision } from '../config.ts';
import { createGate, type GateScore } from '../gate.ts';
import { createTokeniser, type Tokeniser } from '../tokenise.ts';
import { agree, manifestSchema, type Manifest, type ServedTask } from './manifest.ts';

/** A model bundle whose files are whole and agree with each other; not yet proved by its goldens. */
export type Bundle = {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly tasks: readonly ServedTask[];
  readonly tokeniser: Tokeniser;
  readonly gate: { score(text: string): GateScore; readonly threshold: number };
  readonly weights: { readonly file: string; readonly sha256: string; readonly precision: Precision };
  readonly goldens: string;
  /** `name@version+` and the beginning of the weights' checksum, for the record of each analysis. */
  readonly model: string;
  /** Checksum over the thresholds of all tasks and of the gate. */
  readonly thresholds: string;
};

const advice =
  'fetch the bundle again or set infer.model to another one (vigilstream models verify says which are whole)';

/**
 * Reads and checks a bundle: manifest, agreement with tasks.json, sizes and checksums of all files,
 * tokeniser, gate.
 * @throws VigilError with a code MODEL_... that says what is wrong and what to do.
 */
export async function loadBundle(
  folder: string,
  options: { device: Device; precision: Precision },
): Promise<Bundle> {
  const manifest = await readManifest(folder);
  const tasks = agree(manifest);
  await Promise.all(
    Object.entries(manifest.files).map(([name, { sha256, bytes }]) => checkFile(join(folder, name), sha256, bytes)),
  );
  for (const name of ['tokenizer.json', manifest.gate.file, manifest.golden.file]) {
    if (!(name in manifest.files)) throw broken('MODEL_MANIFEST', `manifest.json lists no ${name}`);
  }
  const tokeniser = createTokeniser(await readFile(join(folder, 'tokenizer.json'), 'utf8'));
  const { file, bits, scale, bias, threshold } = manifest.gate;
  const bytes = await readFile(join(folder, file));
  if (bytes.length !== 1 << bits) {
    throw broken('MODEL_GATE', `${file} has ${bytes.length} weights where manifest.json says 2^${bits}`);
  }
  const weights = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const chosen = chooseWeights(manifest, options);
  return {
    folder,
    manifest,
    tasks,
    tokeniser,
    gate: { score: createGate({ weights, scale, bias, threshold }), threshold },
    weights: { ...chosen, file: join(folder, chosen.file) },
    goldens: await readFile(join(folder, manifest.golden.file), 'utf8'),
    model: `${manifest.name}@${manifest.version}+${chosen.sha256.slice(0, 8)}`,
    thresholds: sha256Hex(
      JSON.stringify([tasks.map((t) => [t.task.id, t.threshold ?? t.markThresholds ?? null]), threshold]),
      12,
    ),
  };
}

const broken = (code: string, what: string): VigilError =>
  new VigilError(code, `the model bundle is broken: ${what}; ${advice}`);

async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, 'manifest.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new VigilError('MODEL_MISSING', `no model bundle at ${folder} (${errorCode(error)}); ${advice}`);
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw broken('MODEL_MANIFEST', `${path} is no JSON`);
  }
  const parsed = manifestSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw broken('MODEL_MANIFEST', `${path}: ${wrong.join('; ')}`);
}

async function checkFile(path: string, sha256: string, bytes: number): Promise<void> {
  const hash = createHash('sha256');
  try {
    const { size } = await stat(path);
    if (size !== bytes) throw broken('MODEL_CHECKSUM', `${path} has ${size} bytes instead of ${bytes}`);
    for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(part as Buffer);
  } catch (error) {
    if (error instanceof VigilError) throw error;
    throw broken('MODEL_MISSING', `${path} cannot be read (${errorCode(error)})`);
  }
  if (hash.digest('hex') !== sha256) throw broken('MODEL_CHECKSUM', `${path} is not the file of the manifest`);
}

const order: Record<Device, readonly ('int8' | 'fp16' | 'fp32')[]> = {
  cpu: ['int8', 'fp32', 'fp16'],
  cuda: ['fp16', 'fp32', 'int8'],
  webgpu: ['fp16', 'fp32', 'int8'],
};

function chooseWeights(manifest: Manifest, options: { device: Device; precision: Precision }) {
  const there = Object.entries(manifest.files).flatMap(([file, { precision, sha256 }]) =>
    precision === undefined ? [] : [{ file, precision, sha256 }],
  );
  const wanted = options.precision === 'auto' ? order[options.device] : [options.precision];
  for (const precision of wanted) {
    const found = there.find((weights) => weights.precision === precision);
    if (found) return found;
  }
  const have = there.map(({ precision }) => precision).join(', ') || 'none';
  throw new VigilError(
    'MODEL_PRECISION',
    `infer.precision is ${options.precision}, but the bundle ${manifest.name} has weights in: ${have}`,
  );
}
