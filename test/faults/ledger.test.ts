import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Row } from '../../services/store/database.ts';
import { audit } from './ledger.ts';
import { createStream, type Stream } from './stream.ts';

const key = Buffer.alloc(32, 7);
const folder = mkdtempSync(join(tmpdir(), 'vigilstream-ledger-'));
let stream: Stream;
beforeAll(async () => {
  stream = await createStream(join(folder, 'stream'), { seed: 5, posts: 400, pieces: 1 });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A store that answers for one table and is empty otherwise. */
const storeWith = (table: string, rows: readonly Row[]) =>
  async function query<T extends Row>(sql: string): Promise<T[]> {
    return sql.includes(`FROM vigilstream.${table} `) ? (rows as T[]) : [];
  };

test('an empty store has lost everything and doubled nothing', async () => {
  const { posts, deletions, drops, deadLetters, lost, doubled } = await audit(
    stream.events,
    key,
    storeWith('none', []),
  );
  expect(posts).toBeGreaterThan(300);
  const notices = stream.events.filter(({ outcome }) => outcome.type === 'deletion').length;
  expect(deletions).toBe(notices);
  expect(doubled).toBe(0);
  expect(lost).toBeGreaterThanOrEqual(2 * posts + drops + deadLetters);
});

const known = () => {
  const { platform, ref } =
    stream.events.find(({ outcome, ref: one }) => outcome.type === 'accepted' && !one?.authorId) ?? {};
  return `${platform}:${ref?.id}`;
};

test.each([
  ['a row that is there twice', () => ({ name: known(), n: 2, versions: 1 }), 1],
  ['a row of a post that was never accepted', () => ({ name: 'x:1', n: 1, versions: 1 }), 1],
  ['two revisions where one was sent', () => ({ name: known(), n: 2, versions: 2 }), 1],
])('%s is one too many', async (_name, row, doubled) => {
  expect(await audit(stream.events, key, storeWith('posts', [row()]))).toMatchObject({ doubled });
});
