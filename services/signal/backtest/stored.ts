import type { Database } from '../../store/database.ts';
import { historyOf, type HistoryRow } from '../../store/queries/scan.ts';
import { epoch } from '../days.ts';
import type { Named, ReactionName } from '../grid.ts';
import { createHistory, type History, type Mention } from '../history.ts';

const farAway = '2149-06-06';

/**
 * The history that the tables hold, as it is counted today: posts that were deleted since are not in it.
 * @returns undefined where nothing was counted.
 */
export async function storedHistory(
  database: Database,
  { run, level }: { readonly run: string; readonly level: string },
): Promise<History | undefined> {
  const { sql, params } = historyOf(level, { run, from: epoch, to: farAway });
  const rows = await database.query<HistoryRow>(sql, { params });
  if (rows.length === 0) return undefined;
  const products: Named[] = [];
  const reactions: ReactionName[] = [];
  const numbers = new Map<string, number>();
  const number = (key: string, next: number, add: () => void): number => {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, next);
    add();
    return next;
  };
  let authors = 0;
  const mentions = rows.map((row): Mention => ({
    day: row.day,
    product: number(`p${row.productId}`, products.length, () =>
      products.push({ id: row.productId, name: row.product }),
    ),
    reaction: number(`r${row.reactionId}`, reactions.length, () =>
      reactions.push({
        id: row.reactionId,
        name: row.reaction,
        classId: row.classId,
        className: row.className,
      }),
    ),
    author: number(`a${row.author}`, authors, () => authors++),
  }));
  return createHistory(mentions, { products, reactions });
}
