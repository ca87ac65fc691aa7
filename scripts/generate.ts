/**
 * Writes the files that are made from the schemas: JSON Schemas of the records and of the settings, and
 * the configuration page. `--check` writes nothing and fails when one of them is stale.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { analysedPost, analysis } from '../schemas/analysis.ts';
import { deletion } from '../schemas/deletion.ts';
import { cursor, deadLetter, drop, gap } from '../schemas/flow.ts';
import { alert, label, labelTask } from '../schemas/people.ts';
import { post } from '../schemas/post.ts';
import { settingsSchema } from '../services/config.ts';
import { settingsPage } from '../services/shared/settings/docs.ts';
import { inputSchema } from '../services/shared/settings/walk.ts';

const root = dirname(import.meta.dirname);
const kebab = (name: string): string => name.replaceAll(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const files = new Map<string, string>();
for (const record of [
  post,
  deletion,
  analysis,
  analysedPost,
  drop,
  deadLetter,
  gap,
  cursor,
  labelTask,
  label,
  alert,
]) {
  const { $schema, ...rest } = z.toJSONSchema(record.schema);
  const $id = `${kebab(record.name)}.v${record.version}.json`;
  files.set(`schemas/json/${$id}`, json({ $schema, $id, title: record.name, ...rest }));
}
const settings = inputSchema(settingsSchema);
files.set('schemas/json/config.schema.json', json({ title: 'vigilstream.yaml', ...settings }));
files.set(
  'docs/configuration.md',
  `# Configuration

Generated from the schemas by \`npm run generate\`. The settings stand in \`vigilstream.yaml\`, which is looked for in the
working directory and upwards, or named by \`--config\`. An environment variable is stronger than the file, and
\`--set key=value\` on the command line is stronger than both. A secret may be written as \`file:PATH\`, or its variable
with \`_FILE\` behind it may name a file. Editors complete and check the file with
\`# yaml-language-server: $schema=./schemas/json/config.schema.json\` in its first line.

${settingsPage(settings)}`,
);

const stale = [...files].filter(([name, text]) => {
  try {
    return readFileSync(join(root, name), 'utf8') !== text;
  } catch {
    return true;
  }
});
if (process.argv.includes('--check')) {
  for (const [name] of stale) console.error(`${name} is stale: run \`npm run generate\` and commit it`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [name, text] of stale) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
    console.log(`wrote ${name}`);
  }
}
