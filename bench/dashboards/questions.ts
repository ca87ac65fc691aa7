import {
  examplesOf,
  moversOf,
  rankingOf,
  rolesOf,
  seriesOf,
  tableOf,
  tablesOf,
  totalsOf,
} from '../../services/store/queries/counts.ts';
import type { Question } from '../../services/store/queries/mention-filter.ts';

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** What the pages of the console ask beside the panels, by name. */
export function questions(end: number, days: number): readonly (readonly [string, Question])[] {
  const filter = { from: dayOf(end - days * 86_400_000), to: dayOf(end) };
  const year = { from: dayOf(end - 365 * 86_400_000), to: dayOf(end) };
  const pair = { productId: 'p:1', reactionId: 'e:1' };
  return [
    ['series of a pair, a year', seriesOf(pair, 'day', year)],
    ['series of a product, a year', seriesOf({ productId: 'p:1' }, 'week', year)],
    ['series of a reaction, a year', seriesOf({ reactionId: 'e:1' }, 'week', year)],
    ['totals of everything', totalsOf({}, filter)],
    ['roles of a product', rolesOf({ productId: 'p:1' }, filter)],
    ['tables of all pairs, at least 3 people', tablesOf('term', filter, 3)],
    ['tables of all pairs, classes', tablesOf('class', filter, 3)],
    ['table of a pair by platform', tableOf(pair, filter, 'platform')],
    ['movers', moversOf('term', filter)],
    ['products', rankingOf('product', 'term', filter)],
    ['reactions of a product', rankingOf('reaction', 'term', filter, { productId: 'p:1' })],
    ['examples of a pair', examplesOf(pair, filter)],
    ['a model of its own', totalsOf({ productId: 'p:1' }, { ...filter, model: 'model-1' })],
  ];
}
