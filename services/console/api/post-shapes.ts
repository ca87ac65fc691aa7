import { z } from 'zod';

/** Shapes of posts in answers. Times are ms since 1970 UTC, offsets UTF-16 units of the text. */

const time = z.number().meta({ description: 'ms since 1970 UTC' });

const span = z.object({
  label: z.string(),
  startUtf16: z.number(),
  endUtf16: z.number(),
  score: z.number(),
  level: z.string().meta({ description: 'term, class or none: how far it could be normalised' }),
  conceptId: z.string(),
  concept: z.string(),
  conceptScore: z.number(),
  classId: z.string(),
  class: z.string(),
  role: z.string().meta({ description: 'what it counts as; empty: it does not count' }),
  marks: z.array(z.string()),
  candidates: z.array(z.object({ id: z.string(), term: z.string(), score: z.number() })),
});

const answer = z.object({
  id: z.string(),
  title: z.string(),
  label: z.string(),
  probability: z.number(),
  probabilityOf: z.string().meta({
    description: 'the label that it is of: the positive one where the task has one, else the answer',
  }),
  threshold: z.number().nullable(),
  meaning: z.string(),
});

const product = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  startUtf16: z.number(),
  endUtf16: z.number(),
});

const base = {
  postId: z.string(),
  revision: z.number(),
  source: z.string(),
  platform: z.string(),
  kind: z.string(),
  lang: z.string(),
  country: z.string(),
  createdAt: time,
  seenAt: time,
  text: z.string().meta({ description: 'masked: no handles, links, addresses, telephone numbers' }),
  permalink: z.string(),
  cluster: z.string().meta({ description: 'posts of one near-duplicate text share it' }),
  automated: z.boolean(),
};

export const listedPost = z.object({
  ...base,
  advert: z.boolean(),
  spans: z.array(span),
  products: z.array(product),
  adverseEffect: answer
    .nullable()
    .meta({ description: 'null: the gate refused it, or it is not analysed yet' }),
});

const fullPost = z.object({
  ...base,
  editedAt: time.nullable(),
  author: z.string().meta({ description: 'keyed hash' }),
  followers: z.string(),
  ageYears: z.string(),
  replyTo: z.string(),
  threadId: z.string(),
  repostOf: z.string(),
  links: z.array(z.string()),
  flags: z.array(z.string()),
});

const analysis = z.object({
  revision: z.number(),
  run: z.string(),
  gate: z.string(),
  gateScore: z.number(),
  truncated: z.boolean(),
  analysedAt: time,
  milliseconds: z.number(),
  model: z.string(),
  thresholds: z.string(),
  terminology: z.string(),
  code: z.string(),
  answers: z.array(answer),
  spans: z.array(span),
  products: z.array(product),
});

const related = z.object({
  postId: z.string(),
  source: z.string(),
  kind: z.string(),
  createdAt: time,
  text: z.string(),
  permalink: z.string(),
  person: z.number().meta({ description: 'the same number is the same author, within this answer' }),
});

export const postDetails = z.object({
  post: fullPost,
  earlier: z.array(fullPost),
  analyses: z.array(analysis),
  duplicates: z.array(related),
  thread: z.array(related),
  readers: z
    .array(z.object({ at: time, person: z.string(), action: z.string() }))
    .meta({ description: 'who has read this post, newest first, this time among them' }),
});
