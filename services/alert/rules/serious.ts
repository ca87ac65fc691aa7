import { durationMs, type SeriousRule } from '../../../schemas/alerting.ts';
import { seriousMentionsSql, type MentionRow } from '../../store/queries/alert-events.ts';
import type { Scope } from '../names.ts';
import { scopeParams, type RuleDeps } from './deps.ts';
import {
  grouped,
  mostThings,
  noSubject,
  peopleText,
  postsText,
  preparedInSteps,
  within,
  withoutCopies,
  type Measured,
  type Prepared,
} from './group.ts';

/** Important medical events, and effects in posts with words of seriousness, by what one alert stands for. */
export function prepareSerious(rule: SeriousRule, scope: Scope, deps: RuleDeps): Prepared {
  const lookBack = durationMs(rule.lookBack);
  const { serious } = deps.watchList;
  const pairOf = ({ productId, conceptId, classId }: MentionRow): string =>
    `${productId} ${conceptId} ${classId}`;
  const keyOf = ({ productId, conceptId, classId }: MentionRow): string => {
    const term = conceptId || classId;
    return { pair: `${productId} ${term}`, product: productId, term, rule: '' }[rule.groupBy];
  };

  function measure(
    things: readonly MentionRow[],
    times: readonly number[],
    now: number,
  ): Measured | undefined {
    const seen = within(things, times, now - lookBack, now);
    const people = new Set(seen.map(({ person }) => person)).size;
    const last = seen.at(-1);
    if (!last || people < rule.minPeople) return undefined;
    const ids = [...new Set(seen.map(({ postId }) => postId))].toReversed();
    const term = last.concept || last.class;
    const [product, what] = {
      pair: [last.product, term],
      product: [last.product, 'serious reactions'],
      term: ['several products', term],
      rule: ['several products', 'serious reactions'],
    }[rule.groupBy];
    const byProduct = rule.groupBy === 'pair' || rule.groupBy === 'product';
    const byTerm = rule.groupBy === 'pair' || rule.groupBy === 'term';
    return {
      subject: {
        ...noSubject,
        ...(byProduct ? { productId: last.productId, product: last.product } : {}),
        ...(byTerm
          ? { conceptId: last.conceptId, concept: last.concept, classId: last.classId, class: last.class }
          : {}),
      },
      people,
      posts: ids.length,
      statistic: 'people',
      value: people,
      from: now - lookBack,
      to: now,
      examples: ids,
      items: [...new Set(seen.map(({ item }) => item))],
      summary: `${what} after ${product}: ${peopleText(people)} in ${postsText(ids.length)} within ${rule.lookBack}`,
    };
  }

  function fetch(from: number, to: number): Promise<MentionRow[]> {
    const params = {
      ...scopeParams(scope),
      from,
      to,
      limit: mostThings,
      events: rule.by.includes('events') ? serious.events : [],
      words: rule.by.includes('words') ? serious.words : '',
    };
    return deps.database.query<MentionRow>(seriousMentionsSql, { params });
  }
  return preparedInSteps(
    lookBack,
    fetch,
    (thing) => `${thing.item} ${pairOf(thing)}`,
    (things) =>
      grouped(
        withoutCopies(things, (thing) => `${thing.text} ${pairOf(thing)}`),
        keyOf,
        measure,
      ),
  );
}
