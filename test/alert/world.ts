import type { z } from 'zod';
import type { AlertRow } from '../../services/store/queries/alerts.ts';
import { alertConfig, type AlertConfig } from '../../services/alert/config.ts';
import { createNames, type Names } from '../../services/alert/names.ts';
import { randomId } from '../../services/shared/ids.ts';
import type { Database, Row } from '../../services/store/database.ts';
import { analysedPostRows } from '../../services/store/rows.ts';
import { loadProducts } from '../../services/terminology/lexicon/lexicon.ts';
import { openTerminology } from '../../services/terminology/loaders/open.ts';
import type { Evidence } from '../../schemas/signal.ts';
import type { Clock } from '../../services/shared/clock.ts';
import { analysedSample, type SampleOptions } from '../store/samples.ts';

export const hour = 3_600_000;
export const day = 24 * hour;

export const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

export const testNames = async (): Promise<Names> =>
  createNames(await openTerminology(), await loadProducts());

/** A clock that moves only when it is told to, and lets nobody wait. */
export function manualClock(start: number): Clock & { time: number } {
  return {
    time: start,
    now() {
      return this.time;
    },
    monotonic() {
      return this.time;
    },
    sleep(ms) {
      this.time += ms;
      return Promise.resolve();
    },
  };
}

export const webhookTo = (name: string, url: string) => ({
  driver: 'webhook' as const,
  name,
  url,
  secret,
  allowPrivate: true,
  timeoutSeconds: 2,
});

export const configOf = (values: z.input<typeof alertConfig>): AlertConfig => {
  const parsed = alertConfig.parse({ everySeconds: 1, rules: [], ...values });
  return { ...parsed, consoleUrl: parsed.consoleUrl ?? 'http://localhost:8080' };
};

export type PostToAdd = SampleOptions & {
  readonly n: number;
  readonly at: number;
  readonly probability?: number;
};

/** Posts with their analyses, in the tables as the store would have put them there. @returns their ids. */
export async function addPosts(database: Database, posts: readonly PostToAdd[]): Promise<string[]> {
  const byTable = new Map<string, Row[]>();
  const added = posts.map(({ n, at, probability, ...options }) => {
    const { post, analysis } = analysedSample(n, options);
    const answer = analysis.tasks['adverse_effect'];
    const tasks =
      probability === undefined || !answer
        ? analysis.tasks
        : { ...analysis.tasks, adverse_effect: { ...answer, probability } };
    const record = {
      v: 1 as const,
      post: { ...post, createdAt: at, seenAt: at },
      analysis: { ...analysis, tasks, analysedAt: at },
    };
    for (const [table, row] of analysedPostRows(record))
      byTable.set(table, [...(byTable.get(table) ?? []), row]);
    return post.id;
  });
  for (const [table, rows] of byTable) {
    await database.insert(`vigilstream.${table}`, rows, { token: randomId() });
  }
  return added;
}

export function evidenceOf(people: number, values: Partial<Evidence> = {}): Evidence {
  const interval = { value: 3, lower: 1.5, upper: 6 };
  return {
    from: '2026-01-01',
    to: '2026-03-01',
    n11: people,
    n1x: 100,
    nx1: 100,
    n: 10_000,
    recent: people,
    baseline: 1,
    change: { days: 7, people, expected: 1, p: 0.001, q: 0.01, pairs: 500 },
    prr: { ...interval, chiSquare: 9 },
    ror: interval,
    ic: interval,
    ebgm: interval,
    detectors: ['ears-c2'],
    presets: ['evans@1', 'ema@1'],
    examples: [],
    ...values,
  };
}

export async function addSignal(
  database: Database,
  signalId: string,
  at: number,
  evidence: Evidence,
  pair: { productId?: string; conceptId?: string; classId?: string } = {},
): Promise<void> {
  const { productId = 'VP0001', conceptId = 'VS0053', classId = 'nerve' } = pair;
  const row = {
    signal_id: signalId,
    sequence: Math.floor(at / 1000) % 1_000_000,
    at,
    kind: 'transition',
    from_state: '',
    to_state: 'detected',
    outcome: '',
    person: 'machine',
    reason: '',
    duplicate_of: '',
    criteria: 'default@1',
    run: 'live',
    level: 'term',
    product_id: productId,
    product: `product ${productId}`,
    concept_id: conceptId,
    concept: `term ${conceptId}`,
    class_id: classId,
    class: classId,
    evidence: JSON.stringify(evidence),
    request: `${signalId}-${at}`,
  };
  await database.insert('vigilstream.signal_events', [row], { token: `${signalId}-${at}` });
}

/** An alert as the stage would have written it. */
export async function addAlert(
  database: Database,
  id: string,
  at: number,
  values: Partial<{
    channels: string[];
    sendAt: number;
    examples: string[];
    rule: string;
    includeText: boolean;
  }> = {},
): Promise<void> {
  const { channels = ['a'], sendAt = at, examples = [], rule = 'test', includeText = false } = values;
  const row = {
    id,
    rule,
    severity: 'warning',
    product_id: 'VP0001',
    concept_id: 'VS0053',
    people: 5,
    statistic: 'people',
    value: 5,
    from: at - hour,
    to: at,
    examples,
    at,
    kind: 'serious',
    group_key: id,
    title: 'Title',
    summary: 'Summary',
    posts: 5,
    channels,
    send_at: sendAt,
    include_text: includeText,
  };
  await database.insert('vigilstream.alerts', [row], { token: id });
}

export const ids = (rows: readonly Pick<AlertRow, 'id'>[]): string[] => rows.map(({ id }) => id).sort();
