import type { Analysis } from '../../schemas/analysis.ts';
import { taskList } from '../../schemas/tasks.ts';
import { VigilError } from '../shared/errors.ts';
import type { Clock } from '../shared/clock.ts';
import { csvHeader, csvLine } from './analyse-csv.ts';
import { readRows, type InputFormat, type Row } from './analyse-rows.ts';
import type { AnalyseOptions, Engine } from './engine.ts';

export type AnalyseSettings = AnalyseOptions & {
  /** `auto` looks at the first line. */
  readonly input: InputFormat;
  readonly output: 'ndjson' | 'csv';
  readonly textField: string;
  /** `id` unless another is named; where a row has none, its number is its id. */
  readonly idField?: string;
  /** Called about twice a second and at the end. */
  readonly onProgress?: (progress: AnalyseProgress) => void;
};

export type AnalyseProgress = {
  /** Rows read, the bad ones among them. */
  readonly read: number;
  /** Lines written: analyses and errors. */
  readonly written: number;
  readonly bad: number;
  /** Rows by what is wrong with them. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly postsPerSecond: number;
};

/** In place of the analysis of a row that cannot be used; `row` counts from 1, a header not included. */
export type BadRow = { readonly row: number; readonly id: string | null; readonly error: string };

/** Rows that are with the model at once: enough for full batches of every length, little memory. */
const inHand = 1024;

/** @throws VigilError ANALYSE_TASKS where one is no task. */
export function checkTasks(tasks: readonly string[]): void {
  const known = taskList.tasks.map(({ id }) => id);
  const unknown = tasks.filter((task) => !known.includes(task));
  if (unknown.length > 0) {
    throw new VigilError('ANALYSE_TASKS', `no task ${unknown.join(', ')}; there are: ${known.join(', ')}`);
  }
}

/**
 * Analyses a file or stream of posts without log and database. Yields one line for each row, in the order
 * of the input: an `Analysis`, or a `BadRow` with what is wrong; a bad row costs no other. Constant memory:
 * at most a fixed number of rows is in hand.
 * @throws VigilError ANALYSE_INPUT when the input as a whole cannot be read, MODEL_... when the model is broken.
 */
export async function* analyseStream(
  input: AsyncIterable<Uint8Array>,
  settings: AnalyseSettings,
  deps: { engine: Engine; clock: Clock },
): AsyncGenerator<string> {
  const { engine, clock } = deps;
  const { output, onProgress } = settings;
  checkTasks(settings.tasks ?? []);
  const columns = taskList.tasks
    .filter(({ id, kind }) => kind === 'sentence' && (settings.tasks?.includes(id) ?? true))
    .map(({ id }) => id);
  const reasons: Record<string, number> = {};
  let read = 0;
  let written = 0;
  let bad = 0;
  const started = clock.monotonic();
  let reported = started;
  const report = (): void => {
    const seconds = (clock.monotonic() - started) / 1000;
    const postsPerSecond = seconds > 0 ? written / seconds : 0;
    onProgress?.({ read, written, bad, reasons: { ...reasons }, seconds, postsPerSecond });
    reported = clock.monotonic();
  };
  const line = (result: Analysis | BadRow): string => {
    written++;
    if ('error' in result) {
      bad++;
      reasons[result.error] = (reasons[result.error] ?? 0) + 1;
    }
    if (output === 'csv') return csvLine(result, columns);
    return `${JSON.stringify(result)}\n`;
  };

  if (output === 'csv') yield csvHeader(columns);
  const queue: Promise<Analysis | BadRow>[] = [];
  for await (const row of readRows(input, settings)) {
    read++;
    const result = analyseRow(row, settings, engine);
    // Awaited further down, in order; a failure meanwhile is not an unhandled one.
    result.catch(() => undefined);
    queue.push(result);
    if (queue.length >= inHand) {
      const first = queue.shift();
      if (first) yield line(await first);
    }
    if (onProgress && clock.monotonic() - reported > 500) report();
  }
  engine.flush();
  for (const result of queue) {
    yield line(await result);
    if (onProgress && clock.monotonic() - reported > 500) report();
  }
  report();
}

async function analyseRow(row: Row, settings: AnalyseSettings, engine: Engine): Promise<Analysis | BadRow> {
  if ('error' in row) return row;
  const post = { id: row.id, revision: 0, text: row.text };
  const screened = engine.screen(post, settings);
  if (screened.verdict === 'refused') return engine.refuse(post, screened);
  try {
    return await engine.answer(post, screened, settings);
  } catch (error) {
    if (!(error instanceof VigilError) || error.code !== 'MODEL_POISON') throw error;
    return { row: row.row, id: row.id, error: 'the model fails on this text' };
  }
}
