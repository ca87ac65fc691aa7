import { z } from 'zod';
import { editDistance } from '../edit-distance.ts';

/** The parts of a JSON Schema that settings are described by. */
export type Node = {
  type?: string | string[];
  properties?: Record<string, Node>;
  items?: Node;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Node[];
  oneOf?: Node[];
  default?: unknown;
  description?: string;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  secret?: boolean;
};

export type Leaf = { readonly path: readonly string[]; readonly node: Node };

/** JSON Schema of what a person may write (defaults are optional). */
export function inputSchema(schema: z.ZodType): Node {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node;
}

/** Every setting that is not itself a group of settings, in the order of the schema. */
export function leaves(node: Node, path: readonly string[] = []): Leaf[] {
  if (!node.properties) return [{ path, node }];
  return Object.entries(node.properties).flatMap(([key, child]) => leaves(child, [...path, key]));
}

const choicesOf = (node: Node | undefined): readonly Node[] => node?.oneOf ?? node?.anyOf ?? [];

/**
 * What the schema says of one entry of a group or list. Where the schema offers a choice, the first one that
 * knows the entry speaks, and one that calls it secret before the others; the word that tells the choices
 * apart may be that of any of them.
 */
export function childOf(node: Node | undefined, key: PropertyKey): Node | undefined {
  if (typeof key === 'number') return node?.items;
  const own = node?.properties?.[String(key)];
  if (own) return own;
  const found = choicesOf(node).flatMap((choice) => childOf(choice, key) ?? []);
  const words = found.flatMap((child) => child.const ?? []);
  if (words.length > 1 && words.length === found.length) return { enum: words };
  return found.find((child) => child.secret) ?? found[0];
}

/** The schema's node at a path, if the path names a setting or a group. */
export function nodeAt(node: Node, path: readonly PropertyKey[]): Node | undefined {
  return path.reduce<Node | undefined>(childOf, node);
}

/** The one of the node's choices whose constants, such as `driver`, a group of settings has; else the node. */
function chosen(node: Node | undefined, value: unknown): Node | undefined {
  const group: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {};
  const found = choicesOf(node).find((choice) => {
    const fixed = Object.entries(choice.properties ?? {}).filter(([, child]) => child.const !== undefined);
    return fixed.length > 0 && fixed.every(([key, child]) => child.const === group[key]);
  });
  return found ?? node;
}

/** `nodeAt` for what stands in a tree of settings: where the schema offers a choice, the one that was made. */
export function nodeFor(root: Node, path: readonly PropertyKey[], tree: unknown): Node | undefined {
  let node = chosen(root, tree);
  let value = tree;
  for (const key of path) {
    value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
    node = chosen(childOf(node, key), value);
  }
  return node;
}

/** Names of the settings of a group, whichever of its choices knows them. */
export function keysOf(node: Node | undefined): string[] {
  const keys = [...Object.keys(node?.properties ?? {}), ...choicesOf(node).flatMap(keysOf)];
  return [...new Set(keys)];
}

/** Whether anything at or below a node is a secret. */
export function holdsSecret(node: Node): boolean {
  if (node.secret) return true;
  const below = [
    ...Object.values(node.properties ?? {}),
    ...choicesOf(node),
    ...(node.items ? [node.items] : []),
  ];
  return below.some(holdsSecret);
}

/** `log.kafka.sessionTimeoutMs` as `VIGILSTREAM_LOG_KAFKA_SESSION_TIMEOUT_MS`. */
export function variableOf(path: readonly string[]): string {
  return `VIGILSTREAM_${path.map((key) => key.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()).join('_')}`;
}

/** What a setting may be, in words for a message or a table. */
export function allowed(node: Node): string {
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum) return node.enum.map(String).join(', ');
  const choices = node.anyOf ?? node.oneOf;
  if (choices) return [...new Set(choices.map(allowed))].join(' or ');
  if (node.type === 'array') return `a list of ${node.items ? allowed(node.items) : 'values'}`;
  if (node.type === 'object') return 'a group of settings';
  if (node.type === 'boolean') return 'true or false';
  const kind = node.type === 'integer' ? 'a whole number' : node.type === 'number' ? 'a number' : 'text';
  const low = node.minimum !== undefined && node.minimum > -(2 ** 53) + 1 ? ` from ${node.minimum}` : '';
  const high = node.maximum !== undefined && node.maximum < 2 ** 53 - 1 ? ` up to ${node.maximum}` : '';
  return `${kind}${low}${high}`;
}

/** The candidate that a misspelt word most likely means, if one is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(word.length / 3));
  const ranked = candidates
    .map((candidate) => ({
      candidate,
      distance: editDistance(word.toLowerCase(), candidate.toLowerCase(), limit),
    }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= limit ? best.candidate : undefined;
}
