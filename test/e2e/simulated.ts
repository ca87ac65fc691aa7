import { join } from 'node:path';
import { createPseudonyms } from '../../services/ingest/pseudonym.ts';
import type { WorldEvent } from '../../services/simulate/event.ts';
import { expectationOf, keyOf, type Expectation, type Standing } from '../../services/simulate/expect.ts';
import { withFaults } from '../../services/simulate/faults.ts';
import { writeFiles } from '../../services/simulate/files.ts';
import { createWorld, type World, type WorldOptions } from '../../services/simulate/world.ts';

export const day = 86_400_000;

export type Simulated = {
  readonly world: World;
  /** The generator's own record of everything in the files, what was broken on its way included. */
  readonly events: readonly WorldEvent[];
  readonly expected: Expectation;
  /** Settings of the sources: one file per platform. */
  readonly sources: readonly { name: string; driver: 'files'; paths: string[] }[];
};

const rates = {
  torn: 0.003,
  garbage: 0.003,
  'wrong-encoding': 0.002,
  'unknown-fields': 0.01,
  duplicate: 0.02,
};

/**
 * Writes a world of the demo's kind, with broken and repeated records in it, as files below `folder`. It ends two days
 * ago, or begins at `start`: what happens in a world depends on that, too.
 */
export async function simulate(
  folder: string,
  options: Pick<WorldOptions, 'seed' | 'days' | 'postsPerDay' | 'signal'> &
    Partial<Pick<WorldOptions, 'start'>>,
): Promise<Simulated> {
  const start = new Date(Date.now() - (options.days + 2) * day);
  const world = createWorld({ start, ...options, profile: 'demo' });
  const events: WorldEvent[] = [];
  const platforms = new Map<string, string>();
  const records = withFaults(world.history(), { seed: options.seed, rates }).map(
    ({ chunk, data, outcome }) => {
      events.push({ ...chunk.event, outcome });
      platforms.set(chunk.format, chunk.platform);
      return { format: chunk.format, bytes: data };
    },
  );
  const files = await writeFiles(records, join(folder, 'in'));
  const sources = files.map(({ format, path }) => ({
    name: platforms.get(format) ?? format,
    driver: 'files' as const,
    paths: [path],
  }));
  return { world, events, expected: expectationOf(events), sources };
}

/** The names that posts and authors of the world have in the tables, by the key of the pseudonyms. */
export function namesOf(key: Uint8Array, events: readonly WorldEvent[]) {
  const pseudonyms = createPseudonyms(key);
  // A feed knows its authors by the names that they write under, and by nothing else.
  const shown = new Map(events.map(({ author }) => [author?.id, author?.displayName.toLowerCase()]));
  const authorOf = ({ platform }: Pick<WorldEvent, 'platform'>, id: string): string =>
    pseudonyms.hashOf(platform, platform, platform === 'feed' ? (shown.get(id) ?? '') : id);
  return {
    authorOf,
    postOf(post: Pick<WorldEvent, 'platform' | 'ref'>): string {
      const { platform, ref } = post;
      const owner = ref?.authorId === undefined ? '' : `.${authorOf(post, ref.authorId).slice(0, 8)}`;
      return `${platform}:${ref?.id}${owner}`;
    },
  };
}

/** Newest accepted version of every post, deletions left aside, by the world's own key. */
export const newestOf = (events: readonly WorldEvent[]): ReadonlyMap<string, Standing> =>
  expectationOf(events.filter(({ outcome }) => outcome.type === 'accepted')).standing;

export { keyOf };
