import type { Draft } from './draft.ts';
import { personal } from './health.ts';
import type { Item } from './item.ts';
import type { Random } from './random.ts';
import type { Encoder } from './wire/wire.ts';
import type { Authored, Writer } from './writer.ts';

export type Items = {
  /** A draft put on a platform; `more` says what it answers, reposts or copies. */
  make(encoder: Encoder, authored: Authored, at: number, seq: number, more: Partial<Item>): Item;
};

export function createItems(random: Random, writer: Writer): Items {
  /** A few sentences more, in paragraphs; some write line ends as Windows does. */
  function lengthened(draft: Draft, sentences: number): string {
    const paragraph = random.chance(0.06) ? '\r\n\r\n' : '\n\n';
    let text = draft.text;
    for (const sentence of writer.fillers(sentences)) {
      const sameLine = /[.!?…]$/.test(text) && random.chance(0.6);
      text += `${sameLine ? ' ' : paragraph}${sentence}`;
    }
    return text;
  }

  function textFor(encoder: Encoder, draft: Draft): string {
    const own = draft.lang === 'en' && draft.role !== undefined && personal.has(draft.role);
    if (!own) return draft.text;
    if (encoder.platform === 'reddit' || encoder.platform === 'discourse')
      return lengthened(draft, random.int(4));
    // Long posts of X carry their whole text apart from the shortened one.
    return encoder.platform === 'x' && random.chance(0.01) ? lengthened(draft, 8) : draft.text;
  }

  return {
    make(encoder, { draft, account }, at, seq, more) {
      const { platform } = encoder;
      const id = encoder.newId(at, seq);
      const feed = platform === 'feed';
      const forum = platform === 'reddit' || platform === 'discourse';
      const title = feed
        ? draft.text.replace(/\s*https?:\/\/\S+/g, '')
        : forum && more.root === undefined
          ? writer.title(draft)
          : undefined;
      return {
        platform,
        account,
        id,
        at,
        kind: feed ? 'article' : 'post',
        draft,
        text: feed ? writer.story() : textFor(encoder, draft),
        title,
        versions: [id],
        version: 0,
        editedAt: undefined,
        parent: undefined,
        root: undefined,
        original: undefined,
        place: writer.group(draft),
        number: 1,
        gone: false,
        ...more,
      };
    },
  };
}
