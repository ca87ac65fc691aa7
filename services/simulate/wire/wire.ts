import type { DropReason } from '../../../schemas/flow.ts';
import type { Platform } from '../../../schemas/post.ts';
import type { Account } from '../accounts.ts';
import type { Item } from '../item.ts';
import type { NativeIds } from '../native-ids.ts';
import type { Random } from '../random.ts';

export const wireFormats = ['x-v2', 'jetstream', 'mastodon-sse', 'pushshift', 'discourse', 'rss'] as const;
/** How a platform's records are written. */
export type WireFormat = (typeof wireFormats)[number];

/** One record as it goes over the wire, and the text that a reader of the platform sees. */
export type Written = { readonly bytes: string; readonly shown: string };

/** A record that is no post: its bytes, and why it is left out; `undefined` for what is not even a record. */
export type Noise = { readonly bytes: string; readonly reason: DropReason | undefined };

/** Writes one platform's records. Pure: the same item gives the same bytes. */
export type Encoder = {
  readonly format: WireFormat;
  readonly platform: Platform;
  readonly newId: NativeIds;
  /** The time as exactly as the platform states it, in milliseconds. */
  readonly precisionMs: number;
  readonly edits: boolean;
  /** How reposts come: with the text of the original, without any, or not at all. */
  readonly reposts: 'full' | 'empty' | 'none';
  readonly quotes: boolean;
  /** Whether an edit goes under an id of its own. */
  readonly idPerVersion: boolean;
  /** Its id as it is cited: with a prefix, or of the first version. */
  citedId(item: Item): string;
  /** A post of any kind, or its newest version. */
  post(item: Item): Written;
  /** Undefined where the platform tells nobody. */
  deletion(item: Item, at: number): string | undefined;
  accountDeletion(account: Account, at: number): string | undefined;
  noise(random: Random, account: Account, at: number): Noise | undefined;
};
