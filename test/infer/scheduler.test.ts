import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { padded, rowsFor, widthFor } from '../../services/infer/batch.ts';
import type { Model, ModelBatch } from '../../services/infer/models/model.ts';
import { createScheduler } from '../../services/infer/scheduler.ts';
import type { Clock } from '../../services/shared/clock.ts';

describe('shapes of batches', () => {
  test('few, within the budget, wide enough, and little padding', () => {
    const shapes = new Set<string>();
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 128 }), fc.integer({ min: 1, max: 3000 }), (tokens, waiting) => {
        const width = widthFor(tokens, 128);
        const rows = rowsFor(waiting, width, 1024);
        expect(width).toBeGreaterThanOrEqual(tokens);
        expect(width - tokens).toBeLessThan(16);
        expect(rows).toBeLessThanOrEqual(waiting);
        expect(rows * width).toBeLessThanOrEqual(1024);
        // Nothing waits that could have gone: twice the rows are too many.
        expect(rows * 2 > waiting || rows * 2 * width > 1024).toBe(true);
        shapes.add(`${rows}x${width}`);
      }),
      { numRuns: 5000 },
    );
    expect(shapes.size).toBeLessThanOrEqual(15 * 8);
  });

  test('padding goes behind the tokens', () => {
    expect(padded([Int32Array.of(5, 6), Int32Array.of(7)], 3, 0)).toEqual({
      rows: 2,
      width: 3,
      ids: Int32Array.of(5, 6, 0, 7, 0, 0),
      lengths: Int32Array.of(2, 1),
    });
  });
});

/** A clock whose time goes on only when told. */
function handClock(): Clock & { pass(ms: number): Promise<void> } {
  let now = 0;
  const sleepers: { at: number; wake(): void }[] = [];
  return {
    now: () => now,
    monotonic: () => now,
    sleep: (ms) => new Promise((wake) => void sleepers.push({ at: now + ms, wake })),
    async pass(ms) {
      now += ms;
      for (const sleeper of sleepers.splice(0)) {
        if (sleeper.at <= now) sleeper.wake();
        else sleepers.push(sleeper);
      }
      await new Promise(setImmediate);
    },
  };
}

/** A network that answers when told, with the first id of each row. */
function heldModel() {
  const batches: { batch: ModelBatch; finish(): void }[] = [];
  const model: Model = {
    device: 'cpu',
    outputs: ['first'],
    run: (batch) =>
      new Promise((resolve) => {
        const first = Float32Array.from(
          { length: batch.rows },
          (_, row) => batch.ids[row * batch.width] ?? 0,
        );
        batches.push({ batch, finish: () => resolve({ outputs: { first }, milliseconds: 1 }) });
      }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { model, batches };
}

function setUp(maxLatencyMs = 20) {
  const clock = handClock();
  const { model, batches } = heldModel();
  const scheduler = createScheduler({
    model,
    maxTokens: 128,
    batchTokens: 64,
    maxLatencyMs,
    padding: 0,
    probe: Int32Array.of(1, 2),
    clock,
    onBatch: () => undefined,
  });
  const answered: number[] = [];
  const ask = (id: number, length: number): void => {
    void scheduler
      .run(new Int32Array(length).fill(id))
      .then(({ outputs, row }) => answered.push(outputs['first']?.[row] ?? -1));
  };
  return { clock, batches, scheduler, answered, ask };
}
const turn = () => new Promise(setImmediate);

describe('scheduler', () => {
  test('a lone sequence waits for company, and no longer than allowed', async () => {
    const { clock, batches, ask } = setUp(20);
    ask(7, 5);
    await turn();
    await clock.pass(19);
    expect(batches).toHaveLength(0);
    await clock.pass(1);
    expect(batches).toHaveLength(1);
    expect(batches[0]?.batch).toMatchObject({ rows: 1, width: 8 });
  });

  test('a full batch goes at once; two are with the model, no more', async () => {
    const { batches, ask } = setUp();
    for (let i = 0; i < 24; i++) ask(i, 8);
    await turn();
    expect(batches.map(({ batch }) => [batch.rows, batch.width])).toEqual([
      [8, 8],
      [8, 8],
    ]);
    batches[0]?.finish();
    await turn();
    expect(batches).toHaveLength(3);
  });

  test('flush sends what waits, and every answer belongs to its sequence', async () => {
    const { batches, scheduler, answered, ask } = setUp(10_000);
    for (let i = 1; i <= 21; i++) ask(i, 2 + ((i * 13) % 60));
    scheduler.flush();
    for (let done = 0; done < 100 && answered.length < 21; done++) {
      await turn();
      batches[done]?.finish();
      await turn();
    }
    expect(answered.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
    expect(scheduler.pending).toBe(0);
    for (const { batch } of batches) expect(batch.rows * batch.width).toBeLessThanOrEqual(64);
  });

  test('a rare length is not starved by a flood of another', async () => {
    const { clock, batches, ask } = setUp(20);
    ask(99, 60);
    for (let i = 0; i < 200; i++) ask(i, 8);
    await turn();
    await clock.pass(25);
    for (let i = 0; i < 3; i++) {
      batches[i]?.finish();
      await turn();
    }
    expect(batches.slice(0, 4).some(({ batch }) => batch.width === 64)).toBe(true);
  });
});
