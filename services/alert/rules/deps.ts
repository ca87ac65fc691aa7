import type { Database } from '../../store/database.ts';
import type { Scope } from '../names.ts';
import type { WatchList } from '../watch-list.ts';

export type RuleDeps = {
  /** Only asked, never written to. */
  readonly database: Pick<Database, 'query'>;
  readonly watchList: WatchList;
  /** Names of the sources that should deliver all the time; a rule that names none watches these. */
  readonly sources: readonly string[];
  /** When the stage began to watch: a source that was never heard is silent since then. Absent in a dry run. */
  readonly startedAt?: number;
};

/** A scope as parameters of a query. */
export const scopeParams = ({ products, terms, classes, sources, languages }: Scope) => ({
  products,
  terms,
  classes,
  sources,
  languages,
});
