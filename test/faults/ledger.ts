import type { WorldEvent } from '../../services/simulate/event.ts';
import { expectationOf } from '../../services/simulate/expect.ts';
import { createPseudonyms } from '../../services/ingest/pseudonym.ts';
import type { Row } from '../../services/store/database.ts';

/** How often each thing is there, by its name. */
type Tally = ReadonlyMap<string, number>;

/** What was sent, what is there, and how the two differ. */
export type Verdict = {
  /** Accepted versions of posts, as many as there must be rows. */
  readonly posts: number;
  readonly deletions: number;
  readonly drops: number;
  readonly deadLetters: number;
  readonly lost: number;
  readonly doubled: number;
  /** The first differences, by table and name. */
  readonly differences: readonly string[];
};

function tally(names: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** What the tables must hold, from the generator's own record and the key of the pseudonyms. */
function expected(events: readonly WorldEvent[], key: Uint8Array): Record<string, Tally> {
  const pseudonyms = createPseudonyms(key);
  const hashOf = (platform: WorldEvent['platform'], author: string): string =>
    pseudonyms.hashOf(platform, platform, author);
  const postId = ({ platform, ref }: WorldEvent): string => {
    const owner = ref?.authorId === undefined ? '' : `.${hashOf(platform, ref.authorId).slice(0, 8)}`;
    return `${platform}:${ref?.id}${owner}`;
  };
  const { dropped, duplicates, deadLettered } = expectationOf(events).total;
  const posts = tally(events.filter(({ outcome }) => outcome.type === 'accepted').map(postId));
  const deletions = events
    .filter(({ outcome }) => outcome.type === 'deletion')
    .map((event) => (event.ref ? postId(event) : hashOf(event.platform, event.author?.id ?? '')));
  return {
    posts,
    analyses: posts,
    deletions: tally(deletions),
    drops: new Map(Object.entries({ ...dropped, ...(duplicates > 0 ? { duplicate: duplicates } : {}) })),
    dead_letters: new Map(Object.entries(deadLettered)),
  };
}

// Rows as they lie on the disk: no FINAL and no view, which would hide what is there twice. `versions` counts
// what is distinct by the natural key.
const found: Readonly<Record<string, string>> = {
  posts:
    'SELECT post_id AS name, count() AS n, uniqExact(revision) AS versions FROM vigilstream.posts GROUP BY name',
  analyses:
    'SELECT post_id AS name, count() AS n, uniqExact(revision) AS versions FROM vigilstream.analyses GROUP BY name',
  deletions:
    'SELECT concat(post_id, author) AS name, count() AS n, n AS versions FROM vigilstream.deletions GROUP BY name',
  drops: 'SELECT reason AS name, sum(count) AS n, n AS versions FROM vigilstream.drops GROUP BY name',
  dead_letters:
    'SELECT reason AS name, count() AS n, uniqExact(log_partition, log_offset) AS versions FROM vigilstream.dead_letters GROUP BY name',
};

type Found = { readonly name: string; readonly n: number; readonly versions: number };
const sum = (counts: Tally | undefined): number => [...(counts?.values() ?? [])].reduce((a, b) => a + b, 0);

/** Compares the tables with the record, row for row. */
export async function audit(
  events: readonly WorldEvent[],
  key: Uint8Array,
  query: <T extends Row>(sql: string) => Promise<T[]>,
): Promise<Verdict> {
  const sent = expected(events, key);
  const differences: string[] = [];
  let [lost, doubled] = [0, 0];
  for (const [table, sql] of Object.entries(found)) {
    const there = new Map((await query<Found>(sql)).map((row) => [row.name, row]));
    for (const name of new Set([...(sent[table]?.keys() ?? []), ...there.keys()])) {
      const { n, versions } = there.get(name) ?? { n: 0, versions: 0 };
      const notices = sent[table]?.get(name) ?? 0;
      // Notices of one deletion in one insert become one row: one is enough, and more than came is too many.
      const want = table === 'deletions' && notices > 0 ? Math.max(1, Math.min(notices, n)) : notices;
      // A row for what was never accepted is one too many as well.
      const missing = Math.max(0, want - versions);
      const over = n - Math.min(versions, want);
      lost += missing;
      doubled += over;
      if (missing + over > 0 && differences.length < 20)
        differences.push(`${table} ${name}: sent ${want}, rows ${n}, distinct ${versions}`);
    }
  }
  return {
    posts: sum(sent['posts']),
    deletions: sum(sent['deletions']),
    drops: sum(sent['drops']),
    deadLetters: sum(sent['dead_letters']),
    lost,
    doubled,
    differences,
  };
}
