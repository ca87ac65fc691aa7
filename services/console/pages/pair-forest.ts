import { html } from 'hono/html';
import { latestScoresSql } from '../../store/queries/signals.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { AppContext } from '../env.ts';
import { forest, type ForestRow } from '../panels/forest.ts';
import { linkTo } from '../range.ts';
import { emptyState, type Html } from '../shell.ts';
import { choiceLinks } from './choices.ts';

type Score = {
  readonly productId: string;
  readonly product: string;
  readonly conceptId: string;
  readonly concept: string;
  readonly n11: number;
  readonly windowFrom: string;
  readonly windowTo: string;
} & Readonly<Record<string, unknown>>;

/** Statistics that a forest can show: columns of the estimate and its limits, and the line above which it is raised. */
const statistics = {
  ebgm: { text: 'EBGM', interval: '90 %', columns: ['ebgm', 'eb05', 'eb95'], threshold: 2 },
  ror: { text: 'ROR', interval: '95 %', columns: ['ror', 'rorLower', 'rorUpper'], threshold: 1 },
  prr: { text: 'PRR', interval: '95 %', columns: ['prr', 'prrLower', 'prrUpper'], threshold: 1 },
  ic: { text: '2^IC', interval: '95 %', columns: ['ic', 'ic025', 'ic975'], threshold: 1 },
} as const;
type StatisticName = keyof typeof statistics;

const most = 20;

/**
 * The pairs of a product or of a reaction with a measure of disproportionality and its interval, as the last
 * scan found them, the surest first. Pairs of fewer than three people are left out: their intervals say nothing.
 */
export async function pairForest(
  c: AppContext,
  deps: ConsoleDeps,
  of: { readonly product?: string; readonly concept?: string; readonly level: string },
): Promise<Html> {
  const asked = c.req.query('stat') ?? 'ebgm';
  const name: StatisticName = Object.hasOwn(statistics, asked) ? (asked as StatisticName) : 'ebgm';
  const { text, interval, columns, threshold } = statistics[name];
  const scores = await deps.database.query<Score>(latestScoresSql, {
    params: {
      run: 'live',
      level: of.level,
      products: of.product === undefined ? [] : [of.product],
      concepts: of.concept === undefined ? [] : [of.concept],
      people: 3,
      limit: 500,
    },
  });
  const value = (score: Score, column: string): number =>
    name === 'ic' ? 2 ** Number(score[column]) : Number(score[column]);
  const rows = scores
    .filter((score) => columns.every((column) => score[column] !== null && score[column] !== undefined))
    .map((score): ForestRow => {
      const [estimate = 0, lower = 0, upper = 0] = columns.map((column) => value(score, column));
      return {
        label: of.product === undefined ? score.product : score.concept,
        href: linkTo(
          c,
          `/products/${encodeURIComponent(score.productId)}/${encodeURIComponent(score.conceptId)}`,
          {
            level: of.level,
          },
        ),
        people: score.n11,
        estimate,
        lower,
        upper,
      };
    })
    .toSorted((a, b) => b.lower - a.lower)
    .slice(0, most);
  const [first] = scores;
  return html`<section class="card panel" id="disproportionality" aria-labelledby="disproportionality-title">
    <div class="bar">
      <h2 id="disproportionality-title">Disproportionality</h2>
      ${choiceLinks(
        c,
        'Measure',
        'stat',
        name,
        Object.entries(statistics).map(([id, statistic]) => ({ value: id, text: statistic.text })),
      )}
    </div>
    <p class="question">
      How much more often is the pair told of than all products and reactions together would lead to expect?
      ${first ? html`Counted from ${first.windowFrom} to ${first.windowTo}, in people.` : ''} Open a pair to
      compare it with its class, or with the time before.
    </p>
    ${
      rows.length === 0
        ? emptyState(
            'No pair of at least three people yet',
            'The numbers are made by the scan of signals, soon after posts have been stored.',
          )
        : forest(rows, text, interval, threshold)
    }
  </section>`;
}
