import { durationMs, type PostRule } from '../../../schemas/alerting.ts';
import { kindPostsSql, type KindPostRow } from '../../store/queries/alert-events.ts';
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

const kindText = {
  'pregnancy-exposure': 'exposure in pregnancy',
  death: 'a death',
  overdose: 'an overdose',
} as const;

/** Single posts of a kind; a post that names several products belongs to the first of them. */
export function preparePost(rule: PostRule, scope: Scope, deps: RuleDeps): Prepared {
  const lookBack = durationMs(rule.lookBack);
  const watched = deps.watchList.posts[rule.of];
  const keyOf = ({ item, productIds }: KindPostRow): string =>
    ({ post: item, product: productIds[0] ?? '', rule: '' })[rule.groupBy];

  function measure(
    things: readonly KindPostRow[],
    times: readonly number[],
    now: number,
  ): Measured | undefined {
    const seen = within(things, times, now - lookBack, now);
    const last = seen.at(-1);
    if (!last) return undefined;
    const people = new Set(seen.map(({ person }) => person)).size;
    const names = [...new Set(seen.flatMap(({ products }) => products))];
    const isOneProduct = rule.groupBy !== 'rule';
    return {
      subject: isOneProduct
        ? { ...noSubject, productId: last.productIds[0] ?? '', product: last.products[0] ?? '' }
        : noSubject,
      people,
      posts: seen.length,
      statistic: 'posts',
      value: seen.length,
      from: now - lookBack,
      to: now,
      examples: seen.map(({ postId }) => postId).toReversed(),
      items: seen.map(({ item }) => item),
      summary:
        `${postsText(seen.length)} of ${peopleText(people)} may tell of ${kindText[rule.of]} ` +
        `with ${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''} within ${rule.lookBack}`,
    };
  }

  function fetch(from: number, to: number): Promise<KindPostRow[]> {
    const params = {
      ...scopeParams(scope),
      from,
      to,
      limit: mostThings,
      probability: rule.minProbability,
      events: watched.events,
      words: watched.words,
    };
    return deps.database.query<KindPostRow>(kindPostsSql, { params });
  }
  return preparedInSteps(
    lookBack,
    fetch,
    ({ item }) => item,
    (things) =>
      grouped(
        withoutCopies(things, ({ text }) => text),
        keyOf,
        measure,
      ),
  );
}
