import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleFolder } from './world.ts';

const driver = new URL('../../services/infer/models/onnx.ts', import.meta.url).href;

// ONNX Runtime aborts the process when its thread is ended in the middle of a run.
test.each([0, 20, 60])('a process that ends %i ms into a run keeps its exit code', (ms) => {
  const program = `
    const { openOnnx } = await import(${JSON.stringify(driver)});
    const model = await openOnnx({
      file: ${JSON.stringify(join(bundleFolder, 'model.onnx'))}, device: 'cpu', threads: 1,
    });
    const batch = { rows: 32, width: 64, ids: new Int32Array(2048).fill(2000), lengths: new Int32Array(32).fill(64) };
    void model.run(batch);
    void model.run(batch);
    setTimeout(() => process.exit(3), ${ms});
  `;
  const folder = mkdtempSync(join(tmpdir(), 'vigil-ending-'));
  try {
    const file = join(folder, 'program.mjs');
    writeFileSync(file, program);
    const { status } = spawnSync(process.execPath, [file]);
    expect(status).toBe(3);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
