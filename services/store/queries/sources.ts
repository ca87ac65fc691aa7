/** What each source delivered, missed and could not deliver. Times are milliseconds since 1970 UTC. */

export type SourceStateRow = {
  readonly name: string;
  readonly platform: string;
  readonly posts: number;
  readonly lastSeenAt: number;
  readonly lastCreatedAt: number;
};

/** Sources by name: posts, when the last one was accepted here, and when it was written. */
export const sourceStatesSql = `
SELECT
    source AS name, any(platform) AS platform, count() AS posts,
    toUnixTimestamp64Milli(max(seen_at)) AS lastSeenAt, toUnixTimestamp64Milli(max(created_at)) AS lastCreatedAt
FROM vigilstream.posts
GROUP BY source
ORDER BY source`;

export type GapRow = {
  readonly source: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  readonly seenAt: number;
};

/** The newest gaps of all sources. */
export const gapsSql = `
SELECT
    source, toUnixTimestamp64Milli(g.from) AS from, toUnixTimestamp64Milli(g.to) AS to, reason,
    toUnixTimestamp64Milli(seen_at) AS seenAt
FROM vigilstream.gaps AS g FINAL
ORDER BY g.from DESC
LIMIT {limit:UInt32}`;

/** Records of each source that could not be used, by reason. */
export const deadLettersOfSourceSql = `
SELECT source, reason, count() AS records, toUnixTimestamp64Milli(max(at)) AS lastAt
FROM vigilstream.dead_letters FINAL
GROUP BY source, reason
ORDER BY records DESC`;
