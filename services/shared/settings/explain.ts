import type { z } from 'zod';
import { allowed, holdsSecret, keysOf, nearest, nodeAt, nodeFor, type Node } from './walk.ts';

/** The value in a message. Of a list or a group, and wherever a secret may stand, only that it is there. */
function shown(value: unknown, node: Node | undefined): string {
  if (value === undefined) return 'is missing';
  if (Array.isArray(value)) return 'is a list';
  if (typeof value === 'object' && value !== null) return 'is a group of settings';
  if (!node || holdsSecret(node)) return 'is ***';
  const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
  return `is ${text.length > 80 ? `${text.slice(0, 77)}...` : text}`;
}

/** The first thing that is wrong with the settings, in one line: the setting, its value, what is allowed. */
export function explain(error: z.ZodError, root: Node, tree: unknown): string {
  const issue = error.issues[0];
  if (!issue) return 'the configuration is not valid';
  const path = issue.path;
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const known = keysOf(nodeFor(root, path, tree));
    const near = nearest(key, known);
    const where = [...path, key].join('.');
    return near === undefined
      ? `setting ${where} is unknown; known here: ${known.join(', ')}`
      : `setting ${where} is unknown; did you mean ${[...path, near].join('.')}?`;
  }
  const node = nodeFor(root, path, tree);
  const value = path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    tree,
  );
  if (issue.code === 'custom' && typeof value === 'object')
    return `setting ${path.join('.')}: ${issue.message}`;
  const rule = node ? allowed(node) : issue.message;
  const hint = typeof value === 'string' && node?.enum ? nearest(value, node.enum.map(String)) : undefined;
  const also = issue.code === 'custom' || issue.code === 'invalid_format' ? ` (${issue.message})` : '';
  return `setting ${path.join('.')} ${shown(value, nodeAt(root, path))}; allowed: ${rule}${also}${hint ? `; did you mean ${hint}?` : ''}`;
}
