import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LineCounter, parse, parseDocument } from 'yaml';
import type { z } from 'zod';
import { VigilError } from '../errors.ts';
import { explain } from './explain.ts';
import { childOf, inputSchema, leaves, nearest, nodeAt, variableOf, type Leaf, type Node } from './walk.ts';

type Tree = { [key: string]: unknown };

export const configFileName = 'vigilstream.yaml';

/** Looks for the configuration file in a folder and upwards. */
export function findConfigFile(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const file = join(folder, configFileName);
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) return undefined;
  }
}

function readTree(file: string): Tree {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new VigilError(
      'CONFIG_MISSING',
      `configuration file ${file} cannot be read: check --config and its permissions`,
      { cause: error },
    );
  }
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const problem = document.errors[0];
  if (problem) {
    const { line, col } = counter.linePos(problem.pos[0]);
    throw new VigilError(
      'CONFIG_SYNTAX',
      `${file}:${line}:${col}: not valid YAML (${problem.code.toLowerCase().replaceAll('_', ' ')})`,
    );
  }
  const tree: unknown = document.toJS();
  if (tree === null) return {};
  if (typeof tree !== 'object' || Array.isArray(tree)) {
    throw new VigilError(
      'CONFIG_SYNTAX',
      `${file}: a group of settings is expected at the top, as in "log: { driver: sqlite }"`,
    );
  }
  return tree as Tree;
}

function put(tree: Tree, path: readonly string[], value: unknown): void {
  let at = tree;
  for (const key of path.slice(0, -1)) {
    const next = at[key];
    at = at[key] =
      typeof next === 'object' && next !== null && !Array.isArray(next) ? { ...(next as Tree) } : {};
  }
  const last = path.at(-1);
  if (last !== undefined) at[last] = value;
}

/** A value given as text: numbers, booleans and lists as in YAML; a list also as `a,b`. */
function scalar(text: string, node: Node): unknown {
  if (node.type === 'string') return text;
  if (node.type === 'array' && !text.trim().startsWith('['))
    return text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
  try {
    return parse(text) as unknown;
  } catch {
    return text;
  }
}

function readSecretFile(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch (error) {
    throw new VigilError(
      'CONFIG_SECRET',
      `setting ${setting}: the file ${file} that holds it cannot be read`,
      { cause: error },
    );
  }
}

/** The settings with `file:PATH` and `env:NAME` replaced by what stands there, wherever a secret is asked for. */
function withSecrets(
  value: unknown,
  node: Node | undefined,
  path: readonly PropertyKey[],
  { cwd, env }: LoadOptions,
): unknown {
  const inside = (child: unknown, key: PropertyKey): unknown =>
    withSecrets(child, node && childOf(node, key), [...path, key], { cwd, env });
  if (Array.isArray(value)) return value.map(inside);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, inside(child, key)]));
  }
  if (typeof value !== 'string' || !node?.secret) return value;
  const setting = path.join('.');
  if (value.startsWith('file:')) return readSecretFile(setting, resolve(cwd, value.slice(5)));
  if (!value.startsWith('env:')) return value;
  const found = env[value.slice(4)];
  if (found !== undefined) return found;
  throw new VigilError(
    'CONFIG_SECRET',
    `setting ${setting}: the environment variable that it names is not set`,
  );
}

function applyEnvironment(
  tree: Tree,
  known: readonly Leaf[],
  env: Readonly<Record<string, string | undefined>>,
): void {
  const byVariable = new Map(known.map((leaf) => [variableOf(leaf.path), leaf]));
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('VIGILSTREAM_') || value === undefined) continue;
    if (name === 'VIGILSTREAM_CONFIG' || name.startsWith('VIGILSTREAM_TEST_')) continue;
    const leaf = byVariable.get(name);
    const fileLeaf = name.endsWith('_FILE') ? byVariable.get(name.slice(0, -5)) : undefined;
    if (leaf) put(tree, leaf.path, scalar(value, leaf.node));
    else if (fileLeaf?.node.secret) put(tree, fileLeaf.path, readSecretFile(fileLeaf.path.join('.'), value));
    else {
      const near = nearest(name, [...byVariable.keys()]);
      throw new VigilError(
        'CONFIG_UNKNOWN',
        `environment variable ${name} is no setting${near ? `; did you mean ${near}?` : '; see `vigilstream config docs`'}`,
      );
    }
  }
}

function applyPairs(tree: Tree, root: Node, pairs: readonly string[]): void {
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) {
      const name = /^[\w.]*/.exec(pair)?.[0] ?? '';
      throw new VigilError('CONFIG_VALUE', `--set ${name} has no value: write it as --set log.driver=memory`);
    }
    const path = pair.slice(0, at).trim().split('.');
    put(tree, path, scalar(pair.slice(at + 1), nodeAt(root, path) ?? {}));
  }
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) freeze(child);
    Object.freeze(value);
  }
  return value;
}

export type LoadOptions = {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file?: string | undefined;
  /** `key.path=value`, stronger than the environment, which is stronger than the file. */
  readonly set?: readonly string[];
};

/**
 * Reads the settings once, from the file, the environment and the command line, into one frozen value.
 * @throws VigilError `CONFIG_*`: one line that names the setting, the value and what is allowed.
 */
export function loadSettings<T>(
  schema: z.ZodType<T>,
  options: LoadOptions,
): { settings: T; file: string | undefined } {
  const root = inputSchema(schema);
  const known = leaves(root);
  const file = options.file ?? options.env['VIGILSTREAM_CONFIG'] ?? findConfigFile(options.cwd);
  const tree = file === undefined ? {} : readTree(resolve(options.cwd, file));
  applyEnvironment(tree, known, options.env);
  applyPairs(tree, root, options.set ?? []);
  const whole = withSecrets(tree, root, [], options);
  const parsed = schema.safeParse(whole);
  if (!parsed.success) throw new VigilError('CONFIG_VALUE', explain(parsed.error, root, whole));
  return { settings: freeze(parsed.data), file };
}
