import type { Account, Accounts } from './accounts.ts';
import type { Outcome, Ref, WireChunk, WorldEvent } from './event.ts';
import type { Item } from './item.ts';
import { createItems } from './items.ts';
import { hours, type Profile } from './profile.ts';
import { createQueue } from './queue.ts';
import { createRandom, cumulate } from './random.ts';
import { encoders } from './wire/index.ts';
import type { Encoder, WireFormat } from './wire/wire.ts';
import type { Signal } from './world.ts';
import type { Authored, Writer } from './writer.ts';

export type StageOptions = {
  readonly seed: number;
  readonly profile: Profile;
  readonly platforms: readonly (readonly [WireFormat, number])[];
  readonly accounts: Accounts;
  readonly writer: Writer;
  readonly live: boolean;
};

export type Play = {
  readonly from: number;
  readonly until: number;
  readonly perDay: number;
  readonly signal: Signal | undefined;
  readonly riseAt: number;
};

export type Stage = { play(play: Play): Generator<WireChunk, void> };

const minute = 60_000;
const hour = 60 * minute;
const dayMs = 24 * hour;
/** Of a day's posts, how many are not set off by another post. */
const original = 0.75;
/** Forum posts are answered in threads; so many of the latest are kept open. */
const openThreads = 40;

type Place = { readonly encoder: Encoder; readonly threads: Item[] };

/** Lets posts appear, spread, change and vanish, in the order of time. */
export function createStage(options: StageOptions): Stage {
  const { accounts, writer } = options;
  const random = createRandom(options.seed);
  const items = createItems(random, writer);
  const places = options.platforms.map(([format]): Place => ({ encoder: encoders[format], threads: [] }));
  const weights = cumulate(options.platforms.map(([, weight]) => weight));
  const queue = createQueue<(at: number) => WireChunk | undefined>();
  /** Somebody who looks at the live page sees edits and deletions within minutes. */
  const pace = options.live ? 0.2 : 1;
  let seq = 0;

  const drawPlace = (): Place => places[random.weighted(weights)] as Place;

  const refTo = ({ encoder }: Place, item: Item | undefined): Ref | undefined =>
    item && {
      id: encoder.citedId(item),
      ...(encoder.platform === 'bluesky' ? { authorId: item.account.id } : {}),
    };

  const make = (place: Place, authored: Authored, at: number, more: Partial<Item> = {}): Item =>
    items.make(place.encoder, authored, at, seq, more);

  function eventOf(
    place: Place,
    item: Item,
    at: number,
    what: WorldEvent['what'],
    outcome: Outcome,
    text: string,
  ): WorldEvent {
    const shown = item.kind === 'repost' ? item.original : item;
    const { precisionMs } = place.encoder;
    return {
      seq: seq++,
      what,
      platform: item.platform,
      outcome,
      ref: refTo(place, item),
      author: item.account,
      kind: item.kind,
      createdAt:
        Math.floor((what === 'edit' && place.encoder.idPerVersion ? at : item.at) / precisionMs) *
        precisionMs,
      editedAt: item.editedAt,
      version: item.version,
      text,
      draft: shown?.draft,
      replyTo: refTo(place, item.parent),
      repostOf: refTo(place, item.original),
      copyOf: undefined,
      planted: false,
    };
  }

  const chunkOf = (place: Place, at: number, bytes: string, event: WorldEvent): WireChunk => ({
    format: place.encoder.format,
    platform: place.encoder.platform,
    bytes,
    at,
    event,
  });

  function publish(place: Place, item: Item, at: number, more: Partial<WorldEvent> = {}): WireChunk {
    const { bytes, shown } = place.encoder.post(item);
    const outcome: Outcome =
      item.kind === 'repost' && place.encoder.reposts === 'empty'
        ? { type: 'dropped', reason: 'empty-repost' }
        : shown.trim() === ''
          ? { type: 'dropped', reason: 'no-text' }
          : { type: 'accepted' };
    const chunk = chunkOf(place, at, bytes, { ...eventOf(place, item, at, 'post', outcome, shown), ...more });
    follow(place, item, at, chunk);
    return chunk;
  }

  const later = (at: number, delay: number, act: (at: number) => WireChunk | undefined): void =>
    queue.add(at + Math.max(1000, Math.round(delay * pace)), act);

  /** What a post sets off. */
  function follow(place: Place, item: Item, at: number, chunk: WireChunk): void {
    const { encoder } = place;
    const accepted = chunk.event.outcome.type === 'accepted';
    if (random.chance(0.004))
      queue.add(at + 2000 + random.int(20_000), (now) => redeliver(place, chunk, now));
    if (encoder.platform === 'feed') return;
    if (item.account.doomed && random.chance(0.25))
      later(at, random.wait(20 * hour), (now) => leave(place, item.account, now));
    if (random.chance(0.015))
      later(at, 2 * minute + random.wait(8 * hour), (now) => remove(place, item, now));
    if (!accepted || item.kind === 'repost') return;
    if (encoder.edits && random.chance(0.012))
      later(at, 1.5 * minute + random.float() * 25 * minute, (now) => edit(place, item, now));
    const answers = random.chance(0.1) ? 1 + Math.floor(random.wait(0.6)) : 0;
    for (let i = 0; i < answers; i++)
      later(at, 20_000 + random.wait(2 * hour), (now) => answer(place, item, now));
    const viral = random.chance(0.0008) ? 15 + random.int(25) : 0;
    const reposts =
      encoder.reposts === 'none' ? 0 : viral + (random.chance(0.06) ? 1 + Math.floor(random.wait(0.8)) : 0);
    for (let i = 0; i < reposts; i++)
      later(at, 10_000 + random.wait(4 * hour), (now) => repost(place, item, now));
    if (encoder.quotes && random.chance(0.012))
      later(at, minute + random.wait(3 * hour), (now) => quote(place, item, now));
    const { role } = item.draft;
    const copied = role === 'advert' || role === 'news' ? 0.2 : 0.002;
    const copies = chunk.event.copyOf === undefined && random.chance(copied) ? 1 + random.int(4) : 0;
    for (let i = 0; i < copies; i++)
      later(at, minute + random.wait(6 * hour), (now) => copy(place, item, now));
  }

  function redeliver(place: Place, chunk: WireChunk, at: number): WireChunk {
    const { outcome } = chunk.event;
    const again: Outcome = outcome.type === 'accepted' ? { type: 'duplicate' } : outcome;
    return { ...chunk, at, event: { ...chunk.event, seq: seq++, what: 'redelivery', outcome: again } };
  }

  function remove(place: Place, item: Item, at: number): WireChunk | undefined {
    const bytes = item.gone || item.account.gone ? undefined : place.encoder.deletion(item, at);
    if (bytes === undefined || (item.kind === 'repost' && place.encoder.reposts === 'empty'))
      return undefined;
    item.gone = true;
    return chunkOf(place, at, bytes, eventOf(place, item, at, 'deletion', { type: 'deletion' }, ''));
  }

  function leave(place: Place, account: Account, at: number): WireChunk | undefined {
    const bytes = account.gone ? undefined : place.encoder.accountDeletion(account, at);
    if (bytes === undefined) return undefined;
    account.gone = true;
    return chunkOf(place, at, bytes, bare(place, account, at, 'account-deletion', { type: 'deletion' }));
  }

  function bare(
    place: Place,
    account: Account,
    at: number,
    what: WorldEvent['what'],
    outcome: Outcome,
  ): WorldEvent {
    const { platform } = place.encoder;
    return {
      seq: seq++,
      what,
      platform,
      outcome,
      ref: undefined,
      author: account,
      kind: undefined,
      createdAt: at,
      editedAt: undefined,
      version: 0,
      text: '',
      draft: undefined,
      replyTo: undefined,
      repostOf: undefined,
      copyOf: undefined,
      planted: false,
    };
  }

  const vanished = (item: Item): boolean => item.gone || item.account.gone;

  function edit(place: Place, item: Item, at: number): WireChunk | undefined {
    if (vanished(item)) return undefined;
    item.text += random.pick([
      ' (edit: typo)',
      ' edit: thanks for all the replies',
      '\n\nupdate: a bit better today',
      ' *fixed*',
    ]);
    item.version++;
    item.editedAt = at;
    if (place.encoder.idPerVersion) item.versions.push(place.encoder.newId(at, seq));
    const { bytes, shown } = place.encoder.post(item);
    return chunkOf(place, at, bytes, eventOf(place, item, at, 'edit', { type: 'accepted' }, shown));
  }

  function answer(place: Place, item: Item, at: number): WireChunk | undefined {
    if (vanished(item)) return undefined;
    const { platform } = place.encoder;
    const authored = writer.reply(platform, item.draft);
    const reply = make(place, authored, at, {
      kind: platform === 'reddit' ? 'comment' : 'reply',
      parent: item,
      root: item.root ?? item,
      number: item.number + 1 + random.int(9),
      place: item.place,
    });
    if (platform === 'x' || platform === 'mastodon') reply.text = `@${item.account.handle} ${reply.text}`;
    return publish(place, reply, at);
  }

  function repost(place: Place, item: Item, at: number): WireChunk | undefined {
    if (vanished(item)) return undefined;
    const account = accounts.author(place.encoder.platform, random);
    return publish(
      place,
      make(place, { draft: item.draft, account }, at, { kind: 'repost', original: item, text: '' }),
      at,
    );
  }

  function quote(place: Place, item: Item, at: number): WireChunk | undefined {
    if (vanished(item)) return undefined;
    const authored = writer.remark(place.encoder.platform);
    return publish(place, make(place, authored, at, { kind: 'quote', original: item }), at);
  }

  function copy(place: Place, item: Item, at: number): WireChunk | undefined {
    if (vanished(item)) return undefined;
    const authored = writer.copy(place.encoder.platform, item.draft);
    const more = item.root
      ? { root: item.root, parent: item.root, kind: item.kind, number: item.number + 3 }
      : {};
    return publish(place, make(place, authored, at, more), at, { copyOf: refTo(place, item) as Ref });
  }

  /** A new post, in a forum often in a thread that is there. */
  function appear(place: Place, authored: Authored, at: number, planted: boolean): WireChunk {
    const { encoder, threads } = place;
    const forum = encoder.platform === 'reddit' || encoder.platform === 'discourse';
    const open = forum && threads.length > 0 && random.chance(0.7) ? random.pick(threads) : undefined;
    const item = open
      ? make(place, authored, at, {
          kind: encoder.platform === 'reddit' ? 'comment' : 'reply',
          root: open,
          parent: open,
          number: 2 + random.int(40),
          place: open.place,
        })
      : make(place, authored, at);
    if (forum && !open)
      threads[threads.length < openThreads ? threads.length : random.int(openThreads)] = item;
    const wordless =
      !planted && (encoder.platform === 'bluesky' || encoder.platform === 'mastodon') && random.chance(0.004);
    if (wordless) item.text = '';
    return publish(place, item, at, { planted });
  }

  function disturb(at: number): WireChunk | undefined {
    const place = drawPlace();
    const account = accounts.author(place.encoder.platform, random);
    const noise = place.encoder.noise(random, account, at);
    if (!noise) return undefined;
    const outcome: Outcome =
      noise.reason === undefined ? { type: 'none' } : { type: 'dropped', reason: noise.reason };
    return chunkOf(place, at, noise.bytes, bare(place, account, at, 'noise', outcome));
  }

  function* play({ from, until, perDay, signal, riseAt }: Play): Generator<WireChunk, void> {
    const hasForum = (format: WireFormat): boolean => format !== 'rss';
    const mean = dayMs / (perDay * original);
    /** Posts come faster by day; a live tail comes at its rate whatever the hour. */
    const wait = (at: number): number =>
      random.wait(mean / (options.live ? 1 : (hours[Math.floor((at % dayMs) / hour)] ?? 1)));
    const meanPlanted = signal ? dayMs / (signal.perDay * signal.factor) : Number.POSITIVE_INFINITY;
    let nextPost = from + wait(from);
    let nextPlanted = from + (signal ? random.wait(meanPlanted) : Number.POSITIVE_INFINITY);
    for (;;) {
      const at = Math.floor(Math.min(nextPost, nextPlanted, queue.next()));
      if (at >= until) return;
      let chunk: WireChunk | undefined;
      if (queue.next() <= nextPost && queue.next() <= nextPlanted) chunk = queue.take()?.(at);
      else if (nextPlanted < nextPost && signal) {
        nextPlanted += random.wait(meanPlanted);
        // Thinned to the usual rate before the rise.
        if (at >= riseAt || random.chance(1 / signal.factor)) {
          let place = drawPlace();
          while (!hasForum(place.encoder.format) && places.length > 1) place = drawPlace();
          chunk = appear(place, writer.planted(place.encoder.platform, signal), at, true);
        }
      } else {
        nextPost += wait(nextPost);
        const place = drawPlace();
        chunk = appear(place, writer.post(place.encoder.platform), at, false);
        if (random.chance(0.03)) queue.add(at + random.int(1000), disturb);
      }
      if (chunk) yield chunk;
    }
  }

  return { play };
}
