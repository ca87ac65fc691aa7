import type { Role } from './draft.ts';
import type { WireFormat } from './wire/wire.ts';

/** What a world consists of, in shares. */
export type Profile = {
  /** Of posts, how many name a product. */
  readonly relevant: number;
  /** Of the others, how many speak of illness in a figure of speech. */
  readonly figurative: number;
  readonly languages: readonly (readonly [language: string, weight: number])[];
  readonly platforms: readonly (readonly [WireFormat, weight: number])[];
  readonly roles: readonly (readonly [Role, weight: number])[];
};

export const profileNames = ['demo', 'natural'] as const;
export type ProfileName = (typeof profileNames)[number];

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  /** Rich enough for a page to show something. */
  demo: {
    relevant: 0.2,
    figurative: 0.03,
    languages: [
      ['en', 76],
      ['es', 8],
      ['pt', 5],
      ['fr', 4],
      ['de', 4],
      ['ja', 3],
    ],
    platforms: [
      ['x-v2', 40],
      ['jetstream', 22],
      ['mastodon-sse', 12],
      ['pushshift', 18],
      ['discourse', 5],
      ['rss', 3],
    ],
    roles: [
      ['effect', 30],
      ['indication', 12],
      ['plain-use', 12],
      ['question', 8],
      ['negated', 6],
      ['fear', 5],
      ['joke', 4],
      ['news', 5],
      ['advert', 3],
      ['lack-of-effect', 5],
      ['withdrawal', 3],
      ['other-sense', 1],
      ['stance', 8],
    ],
  },
  /** As a platform's whole stream is: a product is named in 0.24 % of posts, an effect in few of these. */
  natural: {
    // A little below the share that comes out, because answers and copies name it again.
    relevant: 0.0022,
    figurative: 0.012,
    languages: [
      ['en', 42],
      ['ja', 17],
      ['es', 12],
      ['pt', 8],
      ['ar', 6],
      ['id', 5],
      ['ko', 3],
      ['tr', 3],
      ['fr', 2],
      ['de', 2],
    ],
    platforms: [
      ['x-v2', 70],
      ['jetstream', 12],
      ['mastodon-sse', 6],
      ['pushshift', 12],
    ],
    roles: [
      ['effect', 8],
      ['indication', 14],
      ['plain-use', 20],
      ['question', 8],
      ['negated', 2],
      ['fear', 3],
      ['joke', 12],
      ['news', 12],
      ['advert', 8],
      ['lack-of-effect', 3],
      ['withdrawal', 1],
      ['other-sense', 3],
      ['stance', 6],
    ],
  },
};

/** Share of a day's posts that each hour (UTC) brings, times 24. */
export const hours = [
  0.6, 0.5, 0.45, 0.4, 0.4, 0.5, 0.7, 0.9, 1.05, 1.1, 1.1, 1.15, 1.2, 1.2, 1.25, 1.25, 1.3, 1.35, 1.4, 1.45,
  1.45, 1.35, 1.1, 0.85,
];
