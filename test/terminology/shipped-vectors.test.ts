import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTerminology } from '../../services/terminology/loaders/open.ts';
import { readVectors, vectorKey } from '../../services/terminology/vector-cache.ts';

const model = join(import.meta.dirname, '..', '..', 'models', 'vigil-minilm');

test('the bundle holds the vectors of the vocabulary as it is (else: node scripts/term-vectors.ts)', async () => {
  const sha256 = createHash('sha256')
    .update(readFileSync(join(model, 'model.onnx')))
    .digest('hex');
  const names = (await openTerminology()).names().map(({ name }) => name);
  const vectors = await readVectors(model, vectorKey(names, sha256), names.length);
  expect(vectors?.count).toBe(names.length);
});
