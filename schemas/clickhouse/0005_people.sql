-- What people are asked, what they answer, and what they are told.

CREATE TABLE IF NOT EXISTS {local label_tasks}{cluster}
(
    id          String,
    post_id     String,
    revision    UInt32,
    strategy    LowCardinality(String),
    tasks       Array(LowCardinality(String)),
    suggestions String COMMENT 'JSON: answers and spans of the model' CODEC(ZSTD(3)),
    model       LowCardinality(String),
    weight      Float64 COMMENT 'inverse probability of being drawn',
    created_at  DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1))
)
ENGINE = {engine ReplacingMergeTree(created_at)}
ORDER BY (id)
SETTINGS non_replicated_deduplication_window = 1000;

{distribute label_tasks cityHash64(id)};

-- A person may answer a task again: the latest answer counts, the ones before stay.
CREATE TABLE IF NOT EXISTS {local labels}{cluster}
(
    task_id  String,
    post_id  String,
    revision UInt32,
    person   LowCardinality(String),
    answers  Map(LowCardinality(String), LowCardinality(String)),
    spans Nested
    (
        label      LowCardinality(String),
        start      UInt32,
        end        UInt32,
        concept_id String
    ),
    verdict  LowCardinality(String) COMMENT 'answered, skipped, withdrawn',
    at       DateTime64(3, 'UTC')
)
ENGINE = {engine ReplacingMergeTree(at)}
ORDER BY (task_id, person, at)
SETTINGS non_replicated_deduplication_window = 1000;

{distribute labels cityHash64(task_id)};

CREATE TABLE IF NOT EXISTS {local alerts}{cluster}
(
    id         String,
    rule       LowCardinality(String),
    severity   LowCardinality(String),
    product_id String,
    concept_id String,
    people     UInt64 COMMENT 'distinct authors',
    statistic  LowCardinality(String),
    value      Float64,
    from       DateTime64(3, 'UTC'),
    to         DateTime64(3, 'UTC'),
    examples   Array(String) COMMENT 'post ids',
    at         DateTime64(3, 'UTC')
)
ENGINE = {engine ReplacingMergeTree(at)}
ORDER BY (rule, id)
SETTINGS non_replicated_deduplication_window = 1000;

{distribute alerts cityHash64(id)};
