import type { Platform, PostKind } from '../../schemas/post.ts';
import type { Account } from './accounts.ts';
import type { Draft } from './draft.ts';

/** A post as it stands on its platform; edits and deletion change it in place. */
export type Item = {
  readonly platform: Platform;
  readonly account: Account;
  readonly id: string;
  readonly at: number;
  readonly kind: PostKind;
  readonly draft: Draft;
  text: string;
  readonly title: string | undefined;
  /** Ids of all versions, oldest first, where the platform gives every version its own. */
  readonly versions: string[];
  version: number;
  editedAt: number | undefined;
  /** Answered post, first post of the thread, reposted or quoted post. */
  readonly parent: Item | undefined;
  readonly root: Item | undefined;
  readonly original: Item | undefined;
  /** The group, forum or feed it stands in. */
  readonly place: string;
  readonly number: number;
  gone: boolean;
};
