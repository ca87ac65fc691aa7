import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { WorldEvent } from '../../services/simulate/event.ts';
import { withFaults } from '../../services/simulate/faults.ts';
import { writeFiles } from '../../services/simulate/files.ts';
import { createWorld } from '../../services/simulate/world.ts';

const day = 86_400_000;
const rates = {
  torn: 0.002,
  garbage: 0.002,
  'wrong-encoding': 0.002,
  'unknown-fields': 0.01,
  'out-of-order': 0.01,
  duplicate: 0.02,
};

/** Files of platforms that grow piece by piece, as if somebody were collecting them at this moment. */
export type Stream = {
  /** The generator's own record of everything that the files come to hold. */
  readonly events: readonly WorldEvent[];
  /** Sources for the settings: one per platform, named like it. */
  sources(follow: boolean): object[];
  /** Adds the next of the pieces to every file; a piece ends in the middle of a record. */
  grow(): void;
  /** Adds all that is left. */
  complete(): void;
};

const names: Readonly<Record<string, string>> = {
  'x.ndjson': 'x',
  'bluesky.ndjson': 'bluesky',
  'mastodon.sse': 'mastodon',
  'reddit.ndjson': 'reddit',
};

/** A world of about `posts` posts of ordinary chatter, with broken records among them, in `pieces` pieces. */
export async function createStream(
  folder: string,
  { seed, posts, pieces }: { seed: number; posts: number; pieces: number },
): Promise<Stream> {
  const days = 4;
  const world = createWorld({
    seed,
    start: new Date(Date.now() - (days + 2) * day),
    days,
    postsPerDay: Math.ceil(posts / days),
    profile: 'natural',
    signal: false,
  });
  const events: WorldEvent[] = [];
  const chunks = withFaults(world.history(), { seed, rates }).map(({ chunk, data, outcome }) => {
    events.push({ ...chunk.event, outcome });
    return { format: chunk.format, bytes: data };
  });
  const whole = await writeFiles(chunks, join(folder, 'whole'));
  const growing = join(folder, 'in');
  mkdirSync(growing);
  const files = whole.map(({ path }) => {
    const to = join(growing, basename(path));
    writeFileSync(to, '');
    return { name: names[basename(path)] ?? 'other', to, bytes: readFileSync(path), at: 0 };
  });
  let given = 0;
  const growTo = (piece: number): void => {
    for (const file of files) {
      const end = Math.floor((file.bytes.length * Math.min(piece, pieces)) / pieces);
      if (end > file.at) appendFileSync(file.to, file.bytes.subarray(file.at, end));
      file.at = Math.max(file.at, end);
    }
  };
  return {
    events,
    sources: (follow) =>
      files.map(({ name, to }) => ({
        name,
        driver: 'files',
        paths: [to],
        ...(follow ? { follow, pollSeconds: 0.05 } : {}),
      })),
    grow: () => growTo(++given),
    complete: () => growTo(pieces),
  };
}
