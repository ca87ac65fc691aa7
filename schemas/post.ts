import { z } from 'zod';
import { authorHash, language, millis, postId, sourceName } from './common.ts';
import { versioned } from './versioned.ts';

export const platforms = ['x', 'bluesky', 'mastodon', 'reddit', 'discourse', 'feed', 'file'] as const;
export type Platform = (typeof platforms)[number];

export const postKinds = ['post', 'reply', 'repost', 'quote', 'comment', 'article'] as const;
export type PostKind = (typeof postKinds)[number];

/** Facts about an author, in buckets too wide to recognise anybody by. */
export const authorFacts = z.strictObject({
  hash: authorHash.describe('keyed hash; the handle itself is never recorded'),
  followers: z.enum(['unknown', '0-99', '100-999', '1k-9k', '10k-99k', '100k+']),
  ageYears: z.enum(['unknown', '<1', '1-4', '5+']).describe('age of the account when the post was made'),
  automated: z.boolean().describe('the platform itself marks the account as a bot'),
});

export const postSchema = z.strictObject({
  v: z.literal(1),
  id: postId,
  source: sourceName,
  platform: z.enum(platforms),
  kind: z.enum(postKinds),
  revision: z.int().min(0).describe('0 for the first text; grows with every edit'),
  text: z.string().describe('plain text; handles, links, addresses and telephone numbers are masked'),
  lang: language,
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .nullable()
    .describe('ISO 3166-1, where the platform states it'),
  createdAt: millis.describe('by the platform'),
  seenAt: millis.describe('when it was accepted here'),
  author: authorFacts,
  replyTo: postId.nullable(),
  threadId: postId.nullable(),
  repostOf: postId.nullable().describe('the post that is reposted or quoted'),
  links: z.array(z.string()).describe('domains of the links in the text'),
  permalink: z.string().nullable().describe('address of the original that names no author'),
  edits: z.array(z.string()).describe('native ids of all versions, oldest first; empty when never edited'),
  editedAt: millis.nullable(),
  cluster: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .describe('posts of one near-duplicate text share it'),
  flags: z.array(z.enum(['sensitive', 'advert', 'truncated'])),
});
/** One accepted post, masked and pseudonymised. */
export type Post = z.infer<typeof postSchema>;
export const post = versioned<Post>('Post', 1, postSchema);
