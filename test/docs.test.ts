import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const invariants = readFileSync(join(root, 'docs', 'invariants.md'), 'utf8')
  .split(/^\d+\. /m)
  .slice(1);

test.each(invariants.map((line) => [line.slice(0, 60), line]))(
  'names where it is enforced and what tests it: %s',
  (_begin, line) => {
    const paths = [...line.matchAll(/`((?:services|schemas|test)\/[\w./-]+)`/g)].map(([, path = '']) => path);
    for (const path of paths) expect([path, existsSync(join(root, path))]).toEqual([path, true]);
    for (const part of [/^(services|schemas)\//, /^test\//])
      expect(paths.filter((path) => part.test(path))).not.toEqual([]);
  },
);
