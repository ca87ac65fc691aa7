-- One row per accepted revision of a post.
--
-- Key: hours first, since every dashboard asks for a stretch of time; then the natural key, so that a row
-- that comes twice collapses even where the deduplication window has forgotten its batch.
-- Partitions: months of acceptance. A back-fill of ten years lands in one partition and not in 120 small
-- ones, retention drops whole old parts, and live inserts touch one partition.
-- Codecs: within an hour rows lie by id, so neighbouring times are near (Delta); text is read rarely and
-- packs well (ZSTD 3); hashes do not pack, and LowCardinality columns hardly cost anything.
CREATE TABLE IF NOT EXISTS {local posts}{cluster}
(
    post_id          String COMMENT 'source:native-id' CODEC(ZSTD(1)),
    revision         UInt32 COMMENT '0 for the first text; grows with every edit' CODEC(ZSTD(1)),
    source           LowCardinality(String),
    platform         LowCardinality(String),
    kind             LowCardinality(String) COMMENT 'post, reply, repost, quote, comment, article',
    text             String COMMENT 'masked: no handles, links, addresses, telephone numbers' CODEC(ZSTD(3)),
    lang             LowCardinality(String),
    country          LowCardinality(String) COMMENT 'ISO 3166-1; empty where the platform does not say',
    created_at       DateTime64(3, 'UTC') COMMENT 'by the platform' CODEC(Delta(8), ZSTD(1)),
    seen_at          DateTime64(3, 'UTC') COMMENT 'when it was accepted here' CODEC(Delta(8), ZSTD(1)),
    author           FixedString(32) COMMENT 'keyed hash' CODEC(ZSTD(1)),
    author_followers LowCardinality(String) COMMENT 'bucket',
    author_age       LowCardinality(String) COMMENT 'bucket, years',
    author_automated Bool COMMENT 'the platform marks the account as a bot',
    reply_to         String CODEC(ZSTD(1)),
    thread_id        String CODEC(ZSTD(1)),
    repost_of        String CODEC(ZSTD(1)),
    links            Array(LowCardinality(String)) COMMENT 'domains',
    permalink        String CODEC(ZSTD(1)),
    edits            Array(String) COMMENT 'native ids of all versions, oldest first' CODEC(ZSTD(1)),
    edited_at        Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    cluster          FixedString(16) COMMENT 'posts of one near-duplicate text share it' CODEC(ZSTD(1)),
    flags            Array(LowCardinality(String)),
    INDEX by_post post_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = {engine ReplacingMergeTree(seen_at)}
PARTITION BY toYYYYMM(seen_at)
ORDER BY (toStartOfHour(created_at), post_id, revision)
SETTINGS non_replicated_deduplication_window = 10000;

{distribute posts cityHash64(post_id)};

-- The newest revision of every post that was ever edited. Few posts are, so reading it is cheap, while
-- finding the newest revision among all posts would need all of them in memory.
CREATE TABLE IF NOT EXISTS {local edits}{cluster}
(
    post_id   String CODEC(ZSTD(1)),
    revision  UInt32,
    post_hash UInt64 MATERIALIZED cityHash64(post_id) CODEC(NONE)
)
ENGINE = {engine ReplacingMergeTree(revision)}
ORDER BY post_id
SETTINGS non_replicated_deduplication_window = 10000;

{distribute edits cityHash64(post_id)};
