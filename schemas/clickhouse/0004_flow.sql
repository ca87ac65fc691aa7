-- What was removed, left out, unusable or missed. The rows of drops and dead letters are deltas: their
-- place in the log belongs to the key, so that two equal ones count twice and a repeated one once.

-- Notices that a post or an author is gone. `applied_at` is set when the rows themselves have been removed
-- (a newer version of the notice); until then the views hide them. Notices are never aged out: they prove.
CREATE TABLE IF NOT EXISTS {local deletions}{cluster}
(
    post_id    String COMMENT 'empty: the whole author is meant' CODEC(ZSTD(1)),
    author     String COMMENT 'keyed hash; empty: one post is meant' CODEC(ZSTD(1)),
    source     LowCardinality(String),
    reason     LowCardinality(String),
    at         DateTime64(3, 'UTC') COMMENT 'by the platform' CODEC(Delta(8), ZSTD(1)),
    seen_at    DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    applied_at DateTime64(3, 'UTC') DEFAULT 0 CODEC(ZSTD(1)),
    post_hash  UInt64 MATERIALIZED cityHash64(post_id) CODEC(NONE)
)
ENGINE = {engine ReplacingMergeTree(applied_at)}
ORDER BY (post_id, author)
SETTINGS non_replicated_deduplication_window = 10000;

{distribute deletions cityHash64(post_id, author)};

CREATE TABLE IF NOT EXISTS {local drops}{cluster}
(
    at            DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    stage         LowCardinality(String),
    source        LowCardinality(String),
    reason        LowCardinality(String),
    count         UInt64 COMMENT 'records since the row before' CODEC(ZSTD(1)),
    log_partition UInt32,
    log_offset    UInt64 CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = {engine ReplacingMergeTree(at)}
PARTITION BY toYYYYMM(at)
ORDER BY (source, stage, reason, at, log_partition, log_offset)
SETTINGS non_replicated_deduplication_window = 10000;

{distribute drops cityHash64(source)};

CREATE TABLE IF NOT EXISTS {local dead_letters}{cluster}
(
    at            DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    stage         LowCardinality(String),
    source        LowCardinality(String),
    reason        LowCardinality(String),
    origin        String COMMENT 'file and byte, or topic, partition and offset' CODEC(ZSTD(1)),
    bytes         UInt64,
    detail        String COMMENT 'what is wrong, without a word of the record' CODEC(ZSTD(1)),
    record        String COMMENT 'only records that are masked already; empty otherwise' CODEC(ZSTD(3)),
    log_partition UInt32,
    log_offset    UInt64 CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = {engine ReplacingMergeTree(at)}
PARTITION BY toYYYYMM(at)
ORDER BY (stage, reason, at, log_partition, log_offset)
SETTINGS non_replicated_deduplication_window = 10000;

{distribute dead_letters cityHash64(origin)};

CREATE TABLE IF NOT EXISTS {local gaps}{cluster}
(
    source  LowCardinality(String),
    from    DateTime64(3, 'UTC'),
    to      DateTime64(3, 'UTC'),
    reason  LowCardinality(String),
    seen_at DateTime64(3, 'UTC')
)
ENGINE = {engine ReplacingMergeTree(seen_at)}
ORDER BY (source, from, to, reason)
SETTINGS non_replicated_deduplication_window = 10000;

{distribute gaps cityHash64(source)};
