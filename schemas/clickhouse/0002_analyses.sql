-- One row per post revision, model and run. A new model adds rows beside the old ones.
--
-- Key: the verdict of the gate first. Nine posts of ten are refused; who reads answers names the verdicts
-- that have some, and the refused rows are not even looked at.
-- The columns of the post that every count needs (author, time, source, language, cluster) are repeated
-- here: they pack to a few bytes, and no query has to join a hundred million rows with as many others.
-- There is no index by post: who has an id looks the post up first and then knows its hour.
CREATE TABLE IF NOT EXISTS {local analyses}{cluster}
(
    post_id           String CODEC(ZSTD(1)),
    revision          UInt32 CODEC(ZSTD(1)),
    run               LowCardinality(String) COMMENT 'live, or the id of a replay',
    model             LowCardinality(String),
    gate              LowCardinality(String) COMMENT 'passed, refused, sampled, off; refused posts have no answers',
    gate_score        Float32 CODEC(ZSTD(1)),
    source            LowCardinality(String),
    platform          LowCardinality(String),
    kind              LowCardinality(String),
    lang              LowCardinality(String),
    country           LowCardinality(String),
    created_at        DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    seen_at           DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    author            FixedString(32) CODEC(ZSTD(1)),
    author_automated  Bool,
    cluster           FixedString(16) CODEC(ZSTD(1)),
    truncated         Bool COMMENT 'the text was longer than the model reads',
    analysed_at       DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    milliseconds      Float32 COMMENT 'share of the batch time spent on this post' CODEC(ZSTD(1)),
    thresholds        LowCardinality(String),
    terminology       LowCardinality(String),
    code              LowCardinality(String),
    spans Nested
    (
        label         LowCardinality(String),
        start         UInt32,
        end           UInt32,
        start_utf16   UInt32,
        end_utf16     UInt32,
        text          String,
        score         Float32,
        level         LowCardinality(String),
        concept_id    LowCardinality(String),
        concept       LowCardinality(String),
        concept_score Float32,
        class_id      LowCardinality(String),
        class         LowCardinality(String)
    ) COMMENT 'effects and drugs; offsets in code points and UTF-16 units; concept only where level is term',
    products Nested
    (
        id            LowCardinality(String),
        name          LowCardinality(String),
        kind          LowCardinality(String),
        start         UInt32,
        end           UInt32,
        start_utf16   UInt32,
        end_utf16     UInt32
    ) COMMENT 'known drugs and vaccines by name'
)
ENGINE = {engine ReplacingMergeTree(analysed_at)}
PARTITION BY toYYYYMM(seen_at)
ORDER BY (gate, toStartOfHour(created_at), post_id, revision, run, model)
SETTINGS non_replicated_deduplication_window = 10000;

{distribute analyses cityHash64(post_id)};
