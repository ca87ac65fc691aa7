import type { Link } from '../../../dashboards/panel.ts';
import type { Row } from '../../store/database.ts';
import type { AppContext } from '../env.ts';
import { plainText } from '../format.ts';
import { linkTo } from '../range.ts';

/** Where a dashboard's name leads in the console; the value in braces is a variable of the link. */
const pages: Readonly<Record<string, (set: Readonly<Record<string, string>>) => string>> = {
  overview: () => '/',
  product: ({ product }) => (product ? `/products/${encodeURIComponent(product)}` : '/products'),
  reaction: ({ term }) => (term ? `/reactions/${encodeURIComponent(term)}` : '/reactions'),
  medicines: () => '/medicines',
  vaccines: () => '/vaccines',
  signals: () => '/signals',
  posts: () => '/posts',
  'model-health': () => '/models',
  pipeline: () => '/sources',
};

/**
 * The address of a panel's link in the console, or undefined where a row does not have what it needs. Values
 * of variables that the page was asked with (`kept`) go along, as does the stretch of time.
 */
export function hrefOf(
  c: AppContext,
  link: Link,
  row: Row,
  kept: Readonly<Record<string, string>>,
): string | undefined {
  if (link.to === 'address') {
    const address = row[link.column];
    return typeof address === 'string' && /^https?:\/\//.test(address) ? address : undefined;
  }
  if (link.to === 'console') {
    let whole = true;
    const path = link.path.replaceAll(/\{(\w+)\}/g, (_all, column: string) => {
      const value = row[column];
      if (value === undefined || value === null || value === '') whole = false;
      return encodeURIComponent(plainText(value));
    });
    return whole ? linkTo(c, path, levelOf(kept)) : undefined;
  }
  const page = pages[link.dashboard];
  if (!page) return undefined;
  const set: Record<string, string> = { ...kept };
  for (const [variable, column] of Object.entries(link.set)) {
    const value = row[column];
    if (value === undefined || value === null || value === '') return undefined;
    set[variable] = plainText(value);
  }
  const filters: Readonly<Record<string, typeof levelOf>> = { posts: postsFilter, signals: signalsFilter };
  return linkTo(c, page(set), (filters[link.dashboard] ?? levelOf)(set));
}

/** The filter of the page of signals for values of variables. */
function signalsFilter({ product, term }: Readonly<Record<string, string>>): Record<string, string> {
  return { ...(product ? { product } : {}), ...(term ? { concept: term } : {}) };
}

/**
 * The filter of the page of posts for values of variables: the posts that the main count counts, or with copies,
 * bots and adverts where the number has them too.
 */
export function postsFilter({
  product,
  term,
  level,
  source,
  lang,
  duplicates,
}: Readonly<Record<string, string>>): Record<string, string> {
  return {
    role: 'effect',
    ...(duplicates === 'with' ? {} : { duplicates: 'without' }),
    ...(product ? { product } : {}),
    ...(term ? { [level === 'class' ? 'class' : 'concept']: term } : {}),
    ...(source ? { source } : {}),
    ...(lang ? { lang } : {}),
  };
}

/** Of the variables only those that every page understands. */
function levelOf(kept: Readonly<Record<string, string>>): Record<string, string> {
  const names = ['level', 'duplicates'];
  return Object.fromEntries(Object.entries(kept).filter(([name]) => names.includes(name)));
}
