import { allowed, leaves, variableOf, type Node } from './walk.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The page of all settings, one table for each group at the top. */
export function settingsPage(root: Node): string {
  const groups = Object.entries(root.properties ?? {});
  const row = ({ path, node }: { path: readonly string[]; node: Node }): string => {
    const value = node.secret
      ? '(secret)'
      : node.default === undefined
        ? ''
        : `\`${JSON.stringify(node.default)}\``;
    return `| \`${path.join('.')}\` | ${cell(node.description ?? '')} | ${cell(allowed(node))} | ${cell(value)} | \`${variableOf(path)}\` |`;
  };
  const head = '| setting | meaning | allowed | default | environment |\n|---|---|---|---|---|';
  const plain = groups.filter(([, node]) => !node.properties);
  const sections = groups.filter(([, node]) => node.properties);
  const tables = [
    ...(plain.length > 0
      ? [
          `${head}\n${plain
            .flatMap(([key, node]) => leaves(node, [key]))
            .map(row)
            .join('\n')}`,
        ]
      : []),
    ...sections.map(
      ([key, node]) =>
        `## \`${key}\`\n\n${node.description ?? ''}\n\n${head}\n${leaves(node, [key]).map(row).join('\n')}`,
    ),
  ];
  return `${tables.join('\n\n')}\n`;
}

/** The settings with every secret replaced by \`***\`, for people to look at. */
export function withoutSecrets(settings: unknown, node: Node | undefined): unknown {
  if (node?.secret && settings !== undefined && settings !== null && settings !== '') return '***';
  if (Array.isArray(settings)) return settings.map((item) => withoutSecrets(item, node?.items));
  if (typeof settings !== 'object' || settings === null) return settings;
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, withoutSecrets(value, node?.properties?.[key])]),
  );
}
