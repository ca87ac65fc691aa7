import type { AlertRow } from '../../services/store/queries/alerts.ts';
import { alertConfig, type AlertConfig } from '../../services/alert/config.ts';
import { createNames, type Names } from '../../services/alert/names.ts';
import type { Database } from '../../services/store/database.ts';
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

export const configOf = (values: Parameters<typeof alertConfig.parse>[0] & object): AlertConfig =>
  alertConfig.parse({ everySeconds: 1, rules: [], ...values });

/** A post with its analysis, in the tables as the store would have put it there. */
export async function addPost(
  database: Database,
  n: number,
  at: number,
  options: SampleOptions & { readonly probability?: number } = {},
): Promise<string> {
  const sample = analysedSample(n, options);
  const { adverse_effect: answer } = sample.analysis.tasks;
  const tasks =
    options.probability === undefined || !answer
      ? sample.analysis.tasks
      : { ...sample.analysis.tasks, adverse_effect: { ...answer, probability: options.probability } };
  const rows = analysedPostRows({
    ...sample,
    post: { ...sample.post, createdAt: at, seenAt: at },
    analysis: { ...sample.analysis, tasks, analysedAt: at },
  });
  for (const [table, row] of rows) {
    await database.insert(`vigilstream.${table}`, [row], { token: `${table}-${n}-${at}` });
  }
  return sample.post.id;
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
