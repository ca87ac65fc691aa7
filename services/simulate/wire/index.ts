import { blueskyEncoder } from './bluesky.ts';
import { discourseEncoder } from './discourse.ts';
import { feedEncoder } from './feed.ts';
import { mastodonEncoder } from './mastodon.ts';
import { redditEncoder } from './reddit.ts';
import type { Encoder, WireFormat } from './wire.ts';
import { xEncoder } from './x.ts';

export const encoders: Readonly<Record<WireFormat, Encoder>> = {
  'x-v2': xEncoder,
  jetstream: blueskyEncoder,
  'mastodon-sse': mastodonEncoder,
  pushshift: redditEncoder,
  discourse: discourseEncoder,
  rss: feedEncoder,
};
