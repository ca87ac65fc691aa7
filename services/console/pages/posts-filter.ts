import type { z } from 'zod';
import { namedSql, type NamedRow } from '../../store/queries/names.ts';
import type { PostFilter } from '../../store/queries/search.ts';
import { postFilterOf, postPageQuery } from '../api/post-filter.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { AppContext } from '../env.ts';
import { Problem } from '../problem.ts';
import { isoDay, rangeOf } from '../range.ts';

export type PostsQuery = z.output<typeof postPageQuery>;

/** What an address of the page of posts asks for. */
export type Asked = {
  /** As it stands in the address, but products, reactions and classes by their ids. */
  readonly query: PostsQuery;
  readonly filter: PostFilter;
  /** Names of the products, reactions and classes of the filter, by id. */
  readonly names: ReadonlyMap<string, string>;
  /** What was asked for and is not known here; it finds nothing. */
  readonly unknown: readonly string[];
};

const subjects = ['product', 'concept', 'class'] as const;

/** Ids for ids and names; what is not known stays as it is. */
async function resolve(deps: ConsoleDeps, query: PostsQuery) {
  const wanted = (name: (typeof subjects)[number]): string[] =>
    query[name].flatMap((value) => [value, value.toLowerCase()]);
  const [products, concepts, classes] = [wanted('product'), wanted('concept'), wanted('class')];
  const rows =
    products.length + concepts.length + classes.length === 0
      ? []
      : await deps.database.query<NamedRow>(namedSql, { params: { products, concepts, classes } });
  const unknown: string[] = [];
  const ids = (what: NamedRow['what']): string[] =>
    query[what].flatMap((value) => {
      const fits = rows.filter(
        (row) => row.what === what && (row.id === value || row.name.toLowerCase() === value.toLowerCase()),
      );
      if (fits.length === 0) unknown.push(value);
      return fits.length === 0 ? [value] : fits.map(({ id }) => id);
    });
  return {
    ids: { product: ids('product'), concept: ids('concept'), class: ids('class') },
    names: new Map(rows.map(({ id, name }) => [id, name])),
    unknown,
  };
}

/**
 * The filter of an address: `q, product, concept, class, role, source, lang, country, task, label, minP, maxP,
 * duplicates` and the range of the header. Products, reactions and classes may be named or given by id.
 * @throws Problem 400 for a value that cannot be one.
 */
export async function askedPosts(c: AppContext, deps: ConsoleDeps): Promise<Asked> {
  const values = Object.entries(c.req.queries()).flatMap(([name, all]) => {
    const given = all.filter((value) => value !== '');
    return given.length === 0 || ['from', 'to', 'range'].includes(name)
      ? []
      : [[name, given.length === 1 ? given[0] : given] as const];
  });
  const parsed = postPageQuery.safeParse(Object.fromEntries(values));
  if (!parsed.success) {
    const errors = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    throw new Problem(400, 'This search cannot be done', {
      detail: 'Part of the address is not a filter of posts.',
      errors,
    });
  }
  const { ids, names, unknown } = await resolve(deps, parsed.data);
  const query = { ...parsed.data, ...ids };
  const range = rangeOf((name) => c.req.query(name), deps.clock.now());
  // Mentions are counted by whole days: the posts behind such a number are those of the same days.
  const byDay = query.role !== '' || query.product.length + query.concept.length + query.class.length > 0;
  const from = byDay ? Date.parse(isoDay(range.from)) : range.from;
  return {
    query,
    filter: { ...postFilterOf(query, deps.model, deps.clock.now()), from, to: range.to },
    names,
    unknown,
  };
}

/** The parameters of a filter as the API takes them, times as moments. */
export function apiQuery({ query, filter }: Asked): URLSearchParams {
  const params = new URLSearchParams({
    from: new Date(filter.from).toISOString(),
    to: new Date(filter.to).toISOString(),
  });
  for (const [name, value] of Object.entries(query)) {
    if (['limit', 'cursor', 'from', 'to'].includes(name) || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [String(value)]) {
      if (one !== '') params.append(name, one);
    }
  }
  return params;
}
