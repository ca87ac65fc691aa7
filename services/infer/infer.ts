import type { Analysis, GateVerdict } from '../../schemas/analysis.ts';
import type { DeadLetterReason } from '../../schemas/flow.ts';
import { taskList } from '../../schemas/tasks.ts';
import { bytesOf, type Entry, type Log, type LogBatch, type LogRecord } from '../log/log.ts';
import type { Clock } from '../shared/clock.ts';
import { errorCode, reasonOf, VigilError } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import { createCommitWindow, type Outcome } from './commit-window.ts';
import type { InferConfig } from './config.ts';
import type { Engine } from './engine.ts';
import { analysedEntry, deadLetterEntry, decodePost, type DecodedPost } from './records.ts';

export type InferDeps = {
  readonly log: Log;
  readonly engine: Engine;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Ends the stage: what is in hand is finished, as far as that is soon, and committed. */
  readonly signal: AbortSignal;
};

/** After the signal the model may finish what it has for this long; the rest was not committed and comes again. */
const longestDrainMs = 4000;

/**
 * The stage: takes posts from the log, analyses them, appends each post with its analysis and commits the
 * position in one step, in order. A record that cannot be decoded, on which the model fails, or whose
 * analysis is larger than the log takes, goes to the dead letters. Returns when the signal has ended and
 * what could be finished soon is committed.
 * @throws VigilError MODEL_... when the model is broken, or what the log throws.
 */
export async function runInfer(
  config: Pick<InferConfig, 'group' | 'fetchRecords' | 'fetchWaitMs' | 'maxPending'>,
  deps: InferDeps,
): Promise<void> {
  const { log, engine, logger, clock, signal } = deps;
  // An idle stream must not hide that the model has died.
  const failed = new AbortController();
  await using consumer = await log.consumer({
    group: config.group,
    topics: ['posts'],
    signal: AbortSignal.any([signal, failed.signal]),
    maxRecords: config.fetchRecords,
    maxWaitMs: config.fetchWaitMs,
  });
  const window = createCommitWindow({
    consumer,
    maxWeight: config.maxPending,
    retry: {
      clock,
      signal,
      onFailure: (error, pauseMs) =>
        logger.warn({ code: errorCode(error), reason: reasonOf(error), pauseMs }, 'cannot write to the log'),
    },
    onFailure: () => failed.abort(),
    onLost: () => logger.info('another member has taken over a partition; what was in hand is done again'),
  });
  logger.info({ model: engine.versions.model }, 'infer runs');
  for await (const batch of consumer) {
    const { outcome, waiting } = analyseBatch(batch, deps);
    const last = batch.records.at(-1)?.offset ?? 0;
    const first = batch.records[0]?.offset ?? 0;
    await window.add({ partition: batch.partition, first, next: last + 1, weight: waiting }, outcome);
  }
  engine.flush();
  const drained = window.drain().then(() => true);
  drained.catch(() => undefined);
  const patience = new AbortController();
  const inTime = await Promise.race([
    drained,
    clock.sleep(longestDrainMs, patience.signal).then(() => false),
  ]);
  patience.abort();
  logger.info(
    inTime
      ? 'infer has stopped'
      : 'infer has stopped; what was still with the model is done at the next start',
  );
}

type Done = { readonly entry: Entry; readonly analysis: Analysis };
type Unusable = {
  readonly record: LogRecord;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly source: string;
};

/** The entry for the topic `analyses`, or why there is none: what the log refuses would come again for ever. */
function entryOf(record: LogRecord, post: DecodedPost, analysis: Analysis, most: number): Done | Unusable {
  const entry = analysedEntry(post, analysis);
  const bytes = bytesOf(entry);
  if (bytes <= most) return { entry, analysis };
  const detail = `${bytes} bytes with its analysis, over log.maxRecordBytes (${most})`;
  return { record, reason: 'too-large', detail, source: post.source };
}

/** Starts the analysis of every post of a batch; `waiting` says how many need the model. */
function analyseBatch(batch: LogBatch, deps: InferDeps): { outcome: Promise<Outcome>; waiting: number } {
  const { engine, log } = deps;
  const results: (Done | Unusable)[] = [];
  const answers: Promise<void>[] = [];
  batch.records.forEach((record, at) => {
    const post = decodePost(record);
    if (typeof post === 'string') {
      results[at] = { record, reason: 'schema', detail: post, source: batch.topic };
      return;
    }
    const screened = engine.screen(post);
    if (screened.verdict === 'refused') {
      results[at] = entryOf(record, post, engine.refuse(post, screened), log.maxRecordBytes);
      return;
    }
    const answer = async (): Promise<void> => {
      try {
        results[at] = entryOf(record, post, await engine.answer(post, screened), log.maxRecordBytes);
      } catch (error) {
        if (!(error instanceof VigilError) || error.code !== 'MODEL_POISON') throw error;
        results[at] = { record, reason: 'poison', detail: error.message, source: post.source };
      }
    };
    answers.push(answer());
  });
  const outcome = Promise.all(answers).then(() => outcomeOf(results, deps));
  return { outcome, waiting: answers.length };
}

const positives = new Map(
  taskList.tasks.map((task) => [task.id, task.kind === 'sentence' ? task.positive : undefined]),
);

/** Log entries for the results of a batch, in its order, and what the metrics will say of it. */
function outcomeOf(results: readonly (Done | Unusable)[], { clock, metrics }: InferDeps): Outcome {
  const analyses: Outcome['analyses'] = [];
  const deadLetters: Outcome['deadLetters'] = [];
  const verdicts = new Map<GateVerdict, number>();
  const found = new Map<string, number>();
  const reasons: DeadLetterReason[] = [];
  const count = <K>(counts: Map<K, number>, key: K): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const result of results) {
    if ('record' in result) {
      deadLetters.push(deadLetterEntry(result.record, { ...result, at: clock.now() }));
      reasons.push(result.reason);
      continue;
    }
    const { entry, analysis } = result;
    analyses.push(entry);
    count(verdicts, analysis.gate.verdict);
    for (const task in analysis.tasks) {
      if (analysis.tasks[task]?.label === positives.get(task)) count(found, task);
    }
  }
  return {
    analyses,
    deadLetters,
    committed() {
      metrics.processed.inc({ stage: 'infer' }, analyses.length);
      for (const [verdict, posts] of verdicts) metrics.gate.inc({ verdict }, posts);
      for (const [task, posts] of found) metrics.positives.inc({ task }, posts);
      for (const reason of reasons) metrics.deadLettered.inc({ stage: 'infer', reason });
    },
  };
}
