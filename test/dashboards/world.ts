import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnalysedPost, Span, TaskAnswer } from '../../schemas/analysis.ts';
import { taskList } from '../../schemas/tasks.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { createMetrics } from '../../services/shared/metrics.ts';
import { scan } from '../../services/signal/scan.ts';
import { signalConfig } from '../../services/signal/config.ts';
import type { WorldEvent } from '../../services/simulate/event.ts';
import { withFaults } from '../../services/simulate/faults.ts';
import { createWorld } from '../../services/simulate/world.ts';
import { storeConfig } from '../../services/store/config.ts';
import type { Database, Row } from '../../services/store/database.ts';
import { chdbDatabase } from '../../services/store/databases/chdb/chdb.ts';
import { openEngine } from '../../services/store/databases/chdb/engine.ts';
import { readerPassword, readerUser } from '../../services/store/endpoint/auth.ts';
import { endpointConfig } from '../../services/store/endpoint/config.ts';
import { createEndpoint } from '../../services/store/endpoint/endpoint.ts';
import { migrate } from '../../services/store/migrate.ts';
import { writeTermLevels } from '../../services/store/queries/mentions.ts';
import {
  analysedPostRows,
  deadLetterRows,
  deletionRows,
  dropRows,
  gapRows,
  type Rows,
} from '../../services/store/rows.ts';
import { loadProducts } from '../../services/terminology/lexicon/lexicon.ts';
import { openTerminology } from '../../services/terminology/loaders/open.ts';

export const day = 86_400_000;
export const days = 60;
const planted = {
  product: 'montelukast',
  reaction: 'nightmare',
  perDay: 3,
  factor: 5,
  lastDays: 10,
} as const;

const hex = (text: string, digits: number) =>
  createHash('sha256').update(text).digest('hex').slice(0, digits);
/** A number in [0, 1) that follows from a text. */
const chance = (text: string) => Number.parseInt(hex(text, 8), 16) / 2 ** 32;

/** Where some words stand in a text, or undefined. */
function placeOf(text: string, words: string | undefined) {
  const startUtf16 = words ? text.toLowerCase().indexOf(words.toLowerCase()) : -1;
  if (!words || startUtf16 < 0) return undefined;
  const start = Array.from(text.slice(0, startUtf16)).length;
  const endUtf16 = startUtf16 + words.length;
  return { start, end: start + Array.from(text.slice(startUtf16, endUtf16)).length, startUtf16, endUtf16 };
}

/** What a model that is nearly always right says of an event of the world. */
async function createAnswers() {
  const terminology = await openTerminology();
  const concepts = new Map(
    terminology.names().map(({ name, concept }) => [name.toLowerCase(), terminology.concepts[concept]]),
  );
  const products = new Map((await loadProducts()).products.map((product) => [product.name, product]));

  const answersOf = ({ draft, text }: WorldEvent): Record<string, TaskAnswer> => {
    const uses = ['effect', 'withdrawal', 'negated', 'indication', 'plain-use', 'lack-of-effect'];
    const taken = uses.includes(draft?.role ?? '');
    const judged = {
      effect: 'serious-adverse-effect',
      'plain-use': 'effective',
      'lack-of-effect': 'ineffective',
    };
    const intent = { for: 'yes', against: 'no', neutral: 'unclear' } as const;
    const child = chance(`child ${text}`);
    const said: Record<string, string> = {
      medication_mention: draft?.product ? 'yes' : 'no',
      drug_use: taken && !draft?.vaccine ? 'yes' : 'no',
      vaccine_use: taken && draft?.vaccine ? 'yes' : 'no',
      vaccine_intent: intent[draft?.stance ?? 'neutral'],
      medication_sentiment: new Map(Object.entries(judged)).get(draft?.role ?? '') ?? 'none',
      condition: draft?.topic === 'health' ? 'exist' : 'none',
      birth_defect:
        draft?.topic !== 'health' || child > 0.04 ? 'none' : child > 0.02 ? 'possible-defect' : 'defect',
      adverse_effect: draft?.role === 'effect' || draft?.role === 'withdrawal' ? 'yes' : 'no',
      withdrawal: draft?.role === 'withdrawal' ? 'yes' : 'no',
      indication: draft?.role === 'indication' ? 'yes' : 'no',
      health_mention: draft?.topic === 'health' ? 'mention' : 'other',
      vaccine_relevance: draft?.vaccine ? 'yes' : 'no',
      vaccine_stance: draft?.stance ?? 'neutral',
      vaccine_side_effect_concern: draft?.vaccine && draft.role === 'fear' ? 'yes' : 'no',
    };
    return Object.fromEntries(
      taskList.tasks.flatMap((task) => {
        if (task.kind !== 'sentence') return [];
        const label = said[task.id] ?? task.labels[0] ?? '';
        const sure = 0.7 + 0.29 * chance(`${task.id} ${text}`);
        const probability = task.positive === undefined || label === task.positive ? sure : 1 - sure;
        const rest = (1 - sure) / (task.labels.length - 1);
        return [
          [
            task.id,
            { label, probability, probabilities: task.labels.map((one) => (one === label ? sure : rest)) },
          ],
        ];
      }),
    );
  };

  const spansOf = ({ draft, text }: WorldEvent): Span[] =>
    (draft?.effects ?? []).flatMap(({ term, phrase }): Span[] => {
      const place = placeOf(text, phrase);
      if (!place) return [];
      const found = concepts.get(term.toLowerCase());
      const level = !found ? 'none' : chance(text) < 0.15 ? 'class' : 'term';
      const terms = found
        ? [{ id: found.id, term: found.term, classId: found.classId, className: found.className, score: 0.8 }]
        : [];
      return [
        {
          label: 'effect',
          ...place,
          text: text.slice(place.startUtf16, place.endUtf16),
          score: 0.9,
          level,
          terms,
          // The planted rise keeps all its people.
          ...(term.toLowerCase() !== planted.reaction && chance(`mark ${term} ${text}`) < 0.2
            ? { marks: [chance(text) < 0.05 ? 'negated' : 'other-person'] as const }
            : {}),
        },
      ];
    });

  const productsOf = ({ draft, text }: WorldEvent) => {
    const place = placeOf(text, draft?.written);
    const product = products.get(draft?.product ?? '');
    return place && product ? [{ id: product.id, name: product.name, kind: product.kind, ...place }] : [];
  };

  return { terminology, products, concepts, answersOf, spansOf, productsOf };
}
type Answers = Awaited<ReturnType<typeof createAnswers>>;

function analysedOf(event: WorldEvent, answers: Answers, changeAt: number): AnalysedPost {
  const { platform, ref, author, kind = 'post', createdAt, version, text, draft } = event;
  const id = `${platform}:${ref?.authorId ? `${ref.id}.${hex(ref.authorId, 8)}` : ref?.id}`;
  const verdict = draft && draft.topic !== 'chatter' ? 'passed' : chance(id) < 0.1 ? 'sampled' : 'refused';
  const refused = verdict === 'refused';
  const seenAt = createdAt + 2000 + Math.floor(chance(text) * 30_000);
  return {
    v: 1,
    post: {
      v: 1,
      id,
      source: platform,
      platform,
      kind,
      revision: version,
      text,
      lang: draft?.lang ?? 'en',
      country: null,
      createdAt,
      seenAt,
      author: {
        hash: hex(`${platform} ${author?.id}`, 32),
        followers: 'unknown',
        ageYears: '1-4',
        automated: false,
      },
      replyTo: null,
      threadId: null,
      repostOf: null,
      links: [],
      permalink: `https://example.org/${hex(id, 12)}`,
      edits: [],
      editedAt: version > 0 ? createdAt + 60_000 : null,
      cluster: hex(text.toLowerCase(), 16),
      flags: [],
    },
    analysis: {
      v: 1,
      postId: id,
      revision: version,
      run: 'live',
      gate: { verdict, score: refused ? -2 : 2 },
      tasks: refused ? {} : answers.answersOf(event),
      spans: refused ? [] : answers.spansOf(event),
      products: refused ? [] : answers.productsOf(event),
      truncated: false,
      analysedAt: seenAt + 300,
      milliseconds: 1,
      versions: {
        model: createdAt < changeAt ? 'sample-1' : 'sample-2',
        thresholds: 't1',
        terminology: answers.terminology.version,
        code: 'test',
      },
    },
  };
}

/** Rows of everything in the world, as the store would make them. */
function rowsOf(events: readonly WorldEvent[], answers: Answers, now: number): Rows {
  return events.flatMap((event, offset): Rows => {
    const { outcome, platform, createdAt, ref, author } = event;
    const at = Math.min(createdAt || now, now);
    const place = { partition: 0, offset };
    const left = { v: 1, stage: 'ingest', source: platform, at } as const;
    if (outcome.type === 'accepted') return analysedPostRows(analysedOf(event, answers, now - 20 * day));
    if (outcome.type === 'dropped') return dropRows({ ...left, reason: outcome.reason, count: 1 }, place);
    if (outcome.type === 'dead-lettered') {
      const { reason } = outcome;
      const letter = { ...left, reason, origin: `f:${offset}`, bytes: 10, detail: 'torn', record: null };
      return deadLetterRows(letter, place);
    }
    if (outcome.type !== 'deletion') return [];
    return deletionRows({
      v: 1,
      source: platform,
      postId: ref ? `${platform}:${ref.id}` : null,
      author: ref ? null : hex(`${platform} ${author?.id}`, 32),
      reason: ref ? 'deleted' : 'account-deleted',
      at,
      seenAt: at,
    });
  });
}

/** What people do and what the pipeline itself writes, which the world of posts does not have. */
function afterwards(answers: Answers, now: number): Record<string, Row[]> {
  const productId = answers.products.get(planted.product)?.id ?? '';
  const concept = answers.concepts.get(planted.reaction);
  const batches = Array.from({ length: 400 }, (_, n) => ({
    topic: n % 4 === 0 ? 'deletions' : 'analyses',
    partition: 0,
    min_offset: n * 10,
    max_offset: n * 10 + 9,
    epoch: 0,
    first_time: now - n * 600_000 - 900,
    rows: 10,
    at: now - n * 600_000,
  }));
  const suggestions = JSON.stringify({
    tasks: { adverse_effect: { label: 'yes', probability: 0.9 } },
    spans: [],
  });
  return {
    batches,
    label_tasks: ['a', 'b', 'c'].map((id) => ({
      id,
      post_id: `x:${id}`,
      revision: 0,
      strategy: 'random-audit',
      tasks: ['adverse_effect'],
      suggestions,
      model: 'sample-2',
      weight: 1,
      created_at: now - 2 * day,
    })),
    labels: ['a', 'b', 'c'].map((id) => ({
      task_id: id,
      post_id: `x:${id}`,
      revision: 0,
      person: 'ann',
      answers: { adverse_effect: id === 'c' ? 'no' : 'yes' },
      verdict: 'answered',
      at: now - day,
    })),
    alerts: [
      {
        id: 'one',
        rule: 'rising',
        severity: 'warning',
        product_id: productId,
        concept_id: concept?.id ?? '',
        people: 20,
        statistic: 'change',
        value: 0.001,
        from: now - 7 * day,
        to: now - day,
        examples: [],
        at: now - day,
        title: 'montelukast: Nightmares',
        summary: '20 people, 4 before',
        channels: ['console'],
      },
    ],
  };
}

/** The tables of a simulated world of `days` days that ends now, behind the endpoint that Grafana asks. */
export async function createTables() {
  const folder = mkdtempSync(join(tmpdir(), 'vigilstream-dashboards-'));
  const logger = createLogger({ level: 'silent', format: 'json' });
  // An hour of yesterday: old enough for everything to have happened, too young to be aged out.
  const now = Math.floor(Date.now() / day) * day - 8.5 * 3_600_000;
  const engine = await openEngine({ path: join(folder, 'store') });
  const database: Database = chdbDatabase(engine);
  await migrate(database, storeConfig.parse({}), { logger, clock: systemClock });

  const answers = await createAnswers();
  await writeTermLevels(database, answers.terminology);
  const world = createWorld({
    seed: 5,
    start: new Date(now - days * day),
    days,
    postsPerDay: 90,
    profile: 'demo',
    signal: planted,
  });
  const rates = {
    torn: 0.004,
    garbage: 0.003,
    'wrong-encoding': 0.002,
    'unknown-fields': 0,
    duplicate: 0.01,
  };
  const events = [...withFaults(world.history(), { seed: 5, rates })].map(({ chunk, outcome }) => ({
    ...chunk.event,
    outcome,
  }));
  const tables = new Map<string, Row[]>(Object.entries(afterwards(answers, now)));
  const gap = {
    v: 1,
    source: 'reddit',
    from: now - 3 * day,
    to: now - 2.5 * day,
    reason: 'down',
    seenAt: now - 2 * day,
  } as const;
  for (const [table, row] of [...rowsOf(events, answers, now), ...gapRows(gap)]) {
    tables.set(table, [...(tables.get(table) ?? []), row]);
  }
  for (const [table, rows] of tables)
    await database.insert(`vigilstream.${table}`, rows, { token: `world-${table}` });
  const report = await scan(signalConfig.parse({ keepFrom: 1 }), { database, clock: systemClock }, now);

  const secrets = join(folder, 'secrets');
  const endpoint = await createEndpoint(endpointConfig.parse({ port: 0 }), {
    engine,
    secrets,
    metrics: createMetrics(),
    logger,
  });
  const password = await readerPassword(secrets);
  const headers = { 'X-ClickHouse-User': readerUser, 'X-ClickHouse-Key': password };

  return {
    now,
    address: endpoint.address,
    password,
    database,
    report,
    product: answers.products.get(planted.product)?.id ?? '',
    term: answers.concepts.get(planted.reaction)?.id ?? '',
    termClass: answers.concepts.get(planted.reaction)?.classId ?? '',
    /** Asks as Grafana does: no settings, the statement in the body. @throws with the endpoint's words. */
    async ask(sql: string, params: Readonly<Record<string, string>> = {}) {
      const url = new URL(endpoint.address.url);
      url.searchParams.set('database', 'vigilstream');
      for (const [name, value] of Object.entries(params)) {
        const escaped = value.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n');
        url.searchParams.set(`param_${name}`, escaped);
      }
      const response = await fetch(url, { method: 'POST', body: `${sql} FORMAT JSON`, headers });
      const text = await response.text();
      if (!response.ok) throw new Error(text);
      return JSON.parse(text) as { meta: { name: string; type: string }[]; data: Record<string, unknown>[] };
    },
    async close() {
      await endpoint.close();
      await database[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
export type Tables = Awaited<ReturnType<typeof createTables>>;
