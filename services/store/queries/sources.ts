/** What each source delivered, missed and could not deliver. Times are milliseconds since 1970 UTC. */

export type SourceHeardRow = {
  readonly name: string;
  readonly platform: string;
  readonly lastSeenAt: number;
};

/**
 * Sources by name and when the last record of each was accepted. The projection of the hours answers it, so it takes
 * as long for a hundred million posts as for a million.
 */
export const sourcesHeardSql = `
SELECT name, argMax(platform, last) AS platform, toUnixTimestamp64Milli(max(last)) AS lastSeenAt
FROM (
    SELECT source AS name, platform, max(seen_at) AS last
    FROM vigilstream.posts
    GROUP BY source, platform
)
GROUP BY name
ORDER BY name`;

export type SourceVolumeRow = {
  readonly name: string;
  readonly posts: number;
  readonly firstCreatedAt: number;
  readonly lastCreatedAt: number;
};

/**
 * Posts of each source, each once, as the page of posts finds them: in their newest revision, without those that are
 * gone. When the first and the last one was written. It reads the key of every post.
 */
export const sourceVolumesSql = `
SELECT
    source AS name, count() AS posts, toUnixTimestamp64Milli(min(created_at)) AS firstCreatedAt,
    toUnixTimestamp64Milli(max(created_at)) AS lastCreatedAt
FROM vigilstream.posts_current
GROUP BY source`;

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
