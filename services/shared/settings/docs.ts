import { allowed, childOf, leaves, variableOf, type Leaf, type Node } from './walk.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The settings of the items of a list, one after the other for each kind of item. */
function itemsOf({ path, node }: Leaf): Leaf[] {
  const kinds = node.items?.anyOf ?? node.items?.oneOf ?? (node.items?.properties ? [node.items] : []);
  const inside = kinds.flatMap((kind) => leaves(kind, [...path.slice(0, -1), `${path.at(-1)}[]`]));
  const seen = new Set<string>();
  return inside.filter((leaf) => {
    const name = leaf.path.join('.') + (leaf.node.const === undefined ? '' : JSON.stringify(leaf.node.const));
    return !seen.has(name) && seen.add(name);
  });
}

const head = '| setting | meaning | allowed | default | environment |\n|---|---|---|---|---|';

function rowOf({ path, node }: Leaf, variable: string): string {
  const value = node.secret
    ? '(secret)'
    : node.default === undefined
      ? ''
      : `\`${JSON.stringify(node.default)}\``;
  return `| \`${path.join('.')}\` | ${cell(node.description ?? '')} | ${cell(allowed(node))} | ${cell(value)} | ${variable} |`;
}

const rowsOf = (leaf: Leaf): string[] => [
  rowOf(leaf, `\`${variableOf(leaf.path)}\``),
  ...itemsOf(leaf).map((item) => rowOf(item, '')),
];

const tableOf = (found: readonly Leaf[]): string => [head, ...found.flatMap(rowsOf)].join('\n');

/** The page of all settings, one table for each group at the top. */
export function settingsPage(root: Node): string {
  const groups = Object.entries(root.properties ?? {});
  const plain = groups.filter(([, node]) => !node.properties).flatMap(([key, node]) => leaves(node, [key]));
  const sections = groups
    .filter(([, node]) => node.properties)
    .map(([key, node]) => `## \`${key}\`\n\n${node.description ?? ''}\n\n${tableOf(leaves(node, [key]))}`);
  return `${[...(plain.length > 0 ? [tableOf(plain)] : []), ...sections].join('\n\n')}\n`;
}

/** The settings with every secret replaced by \`***\`, for people to look at. */
export function withoutSecrets(settings: unknown, node: Node | undefined): unknown {
  if (node?.secret && settings !== undefined && settings !== null && settings !== '') return '***';
  if (Array.isArray(settings)) return settings.map((item) => withoutSecrets(item, node?.items));
  if (typeof settings !== 'object' || settings === null) return settings;
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, withoutSecrets(value, childOf(node, key))]),
  );
}
