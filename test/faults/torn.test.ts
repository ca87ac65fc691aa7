import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createWorld } from '../ingest/world.ts';
import { createScene, crash, hasWritten, workBegins } from './scene.ts';

const post = (id: number, text: string): string =>
  JSON.stringify({
    data: { id: String(id), text, author_id: '7', created_at: '2024-12-30T10:00:00.000Z', lang: 'en' },
  });
const lines = [1, 2].map((id) => `${post(id, `naïve thought number ${id} 🤕 of today`)}\n`).join('');
const events = [1, 2]
  .map((id) => {
    const status = {
      id: String(id),
      content: `<p>naïve thought number ${id}</p>`,
      created_at: '2024-12-30T10:00:00.000Z',
      account: { id: '7', acct: 'somebody', url: 'https://example.social/@somebody' },
      url: `https://example.social/@somebody/${id}`,
      uri: `https://example.social/users/somebody/statuses/${id}`,
    };
    return `event: update\ndata: ${JSON.stringify(status)}\n\n`;
  })
  .join('');

describe('a file that ends in the middle of its last record, and is completed later', () => {
  test.each([
    ['lines', 'x.ndjson', lines],
    ['events', 'mastodon.sse', events],
  ])('%s, torn at any byte', async (_name, file, text) => {
    const bytes = Buffer.from(text);
    for (let cut = 1; cut < bytes.length; cut += 7) {
      await using world = await createWorld();
      const path = join(world.folder, file);
      writeFileSync(path, bytes.subarray(0, cut));
      await world.run([path]);
      appendFileSync(path, bytes.subarray(cut));
      await world.run([path]);
      const ids = (await world.posts()).map(({ id }) => id.split(':')[1]);
      expect(ids, `cut at ${cut}`).toEqual(['1', '2']);
    }
  });

  test('while stages follow it and are killed at every tear', async () => {
    const pieces = 7;
    const scene = await createScene({ seed: 51, posts: 1000, pieces });
    await scene.prepareTables();
    for (let piece = 0; piece < pieces - 1; piece++) {
      scene.stream.grow();
      const running = scene.start(['ingest']);
      expect(await hasWritten(running, workBegins(['ingest']))).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 150));
      await crash(running);
    }
    expect(await scene.finish()).toMatchObject({ lost: 0, doubled: 0, differences: [] });
    scene.remove();
  });
});
