-- Who speaks of which product together with which effect: the rows that every count is made of.

-- Of a span: what is said about it ('negated', 'uncertain', 'other-person', 'indication'), and what it counts
-- as. The store decides the role with the threshold of the task, so that the thresholds stay in one place.
{alter analyses} ADD COLUMN IF NOT EXISTS `spans.marks` Array(Array(LowCardinality(String))) COMMENT 'what is said about the effect';
{alter analyses} ADD COLUMN IF NOT EXISTS `spans.role` Array(LowCardinality(String)) COMMENT 'effect, uncertain, negated, other-person, indication; empty: does not count';
{alter analyses} ADD COLUMN IF NOT EXISTS advert Bool COMMENT 'suspected advertising' AFTER author_automated;

-- When the row came in here: what is new since the last refresh is found by it, however late it is.
{alter analyses} ADD COLUMN IF NOT EXISTS stored_at DateTime('UTC') DEFAULT now() CODEC(Delta(4), ZSTD(1));
{alter edits} ADD COLUMN IF NOT EXISTS stored_at DateTime('UTC') DEFAULT now() CODEC(Delta(4), ZSTD(1));
{alter deletions} ADD COLUMN IF NOT EXISTS stored_at DateTime('UTC') DEFAULT now() CODEC(Delta(4), ZSTD(1));
ALTER TABLE {local analyses}{cluster} MATERIALIZE COLUMN stored_at;
ALTER TABLE {local edits}{cluster} MATERIALIZE COLUMN stored_at;
ALTER TABLE {local deletions}{cluster} MATERIALIZE COLUMN stored_at;
ALTER TABLE {local analyses}{cluster} ADD INDEX IF NOT EXISTS by_stored_at stored_at TYPE minmax;

-- One row per analysis, product and effect. Hashes instead of ids: every count is over distinct hashes, and a
-- hash takes a fifth of the room. `answer` names the analysis; what does not count any more is listed by it.
-- Key: a pair's rows lie together. The projections hold the rows once more for who comes with an effect or
-- with a stretch of days. Rows that come twice collapse; until they have, no count sees them twice.
CREATE TABLE IF NOT EXISTS {local mentions}{cluster}
(
    run          LowCardinality(String),
    model        LowCardinality(String),
    post_id      String CODEC(ZSTD(1)),
    post_hash    UInt64 CODEC(ZSTD(1)),
    revision     UInt32 CODEC(ZSTD(1)),
    answer       UInt64 COMMENT 'hash of run, post, revision, model and time of the analysis' CODEC(ZSTD(1)),
    author       UInt64 COMMENT 'hash of the keyed hash' CODEC(ZSTD(1)),
    text_cluster UInt64 COMMENT 'posts of one near-duplicate text share it' CODEC(ZSTD(1)),
    created_at   DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    day          Date CODEC(Delta(2), ZSTD(1)),
    analysed_at  DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    stored_at    DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    source       LowCardinality(String),
    platform     LowCardinality(String),
    kind         LowCardinality(String),
    lang         LowCardinality(String),
    country      LowCardinality(String),
    automated    Bool,
    advert       Bool,
    product_id   LowCardinality(String),
    product      LowCardinality(String),
    concept_id   LowCardinality(String) COMMENT 'empty where only the organ class is sure',
    concept      LowCardinality(String),
    class_id     LowCardinality(String) COMMENT 'empty where not even that is',
    class        LowCardinality(String),
    role         LowCardinality(String) COMMENT 'effect, uncertain, negated, other-person, indication',
    probability  Float32 COMMENT 'that the post tells of an unwanted effect' CODEC(ZSTD(1)),
    PROJECTION by_concept (SELECT * ORDER BY run, concept_id, product_id, day),
    PROJECTION by_day (SELECT * ORDER BY run, day, product_id, concept_id)
)
ENGINE = {engine ReplacingMergeTree(analysed_at)}
PRIMARY KEY (run, product_id, concept_id, day)
ORDER BY (run, product_id, concept_id, day, post_hash, revision, model, class_id, role)
SETTINGS non_replicated_deduplication_window = 10000,
         deduplicate_merge_projection_mode = 'rebuild',
         lightweight_mutation_projection_mode = 'rebuild';

{distribute mentions post_hash};

CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.mentions_from_analyses{cluster} TO {local mentions} AS
SELECT
    run, model, post_id, cityHash64(post_id) AS post_hash, revision,
    cityHash64(run, post_id, revision, model, analysed_at) AS answer,
    cityHash64(author_hash) AS author, cityHash64(cluster) AS text_cluster,
    toDateTime(created, 'UTC') AS created_at, toDate(created) AS day, analysed_at, stored_at,
    source, platform, kind, lang, country, author_automated AS automated, advert,
    named.1 AS product_id, named.2 AS product,
    felt.1 AS concept_id, felt.2 AS concept, felt.3 AS class_id, felt.4 AS class, felt.5 AS role,
    adverse_effect_p AS probability
FROM
(
    SELECT
        run, model, post_id, revision, author AS author_hash, cluster, created_at AS created, analysed_at, stored_at,
        source, platform, kind, lang, country, author_automated, advert, adverse_effect_p,
        arrayJoin(arrayDistinct(arrayZip(`products.id`, `products.name`))) AS named,
        arrayJoin(arrayDistinct(arrayFilter(e -> e.5 != '',
            arrayZip(`spans.concept_id`, `spans.concept`, `spans.class_id`, `spans.class`, `spans.role`)))) AS felt
    FROM {local analyses}
    WHERE gate != 'refused' AND notEmpty(`products.id`) AND notEmpty(`spans.role`)
);

-- What was analysed before there was this table. The spans have no role yet: it follows from the answers, with
-- the threshold of that time, and the text of the view above.
INSERT INTO {db}.mentions
SELECT
    run, model, post_id, cityHash64(post_id) AS post_hash, revision,
    cityHash64(run, post_id, revision, model, analysed_at) AS answer,
    cityHash64(author_hash) AS author, cityHash64(cluster) AS text_cluster,
    toDateTime(created, 'UTC') AS created_at, toDate(created) AS day, analysed_at, stored_at,
    source, platform, kind, lang, country, author_automated AS automated, false AS advert,
    named.1 AS product_id, named.2 AS product,
    felt.1 AS concept_id, felt.2 AS concept, felt.3 AS class_id, felt.4 AS class, role,
    adverse_effect_p AS probability
FROM
(
    SELECT
        run, model, post_id, revision, author AS author_hash, cluster, created_at AS created, analysed_at, stored_at,
        source, platform, kind, lang, country, author_automated, adverse_effect_p,
        multiIf(adverse_effect = 'yes', 'effect', adverse_effect_p >= 0.26665, 'uncertain',
            indication = 'yes', 'indication', '') AS role,
        arrayJoin(arrayDistinct(arrayZip(`products.id`, `products.name`))) AS named,
        arrayJoin(arrayDistinct(arrayFilter(e -> e.5 = 'effect',
            arrayZip(`spans.concept_id`, `spans.concept`, `spans.class_id`, `spans.class`, `spans.label`)))) AS felt
    FROM {db}.analyses
    WHERE gate != 'refused' AND notEmpty(`products.id`)
      AND arrayAll(role -> role = '', `spans.role`)
)
WHERE role != '';

-- Analyses that do not count any more, each with why: 'deleted', 'edited' (there is a newer revision), 'again'
-- (the same model has analysed the post anew in the same run), 'model' (another one has). Filled by the refresh
-- of the counts.
CREATE TABLE IF NOT EXISTS {local superseded}{cluster}
(
    answer       UInt64 CODEC(ZSTD(1)),
    reason       LowCardinality(String),
    text_cluster UInt64 CODEC(ZSTD(1)),
    at           DateTime('UTC') DEFAULT now()
)
ENGINE = {engine ReplacingMergeTree(at)}
ORDER BY (answer, reason);

{distribute superseded answer};

-- Copies: `answer` has the text of `first`, which is earlier, stands in the same role and counts. A row holds for
-- as long as its first one stands, so that no row is ever taken back. Filled by the same refresh.
CREATE TABLE IF NOT EXISTS {local copies}{cluster}
(
    role   LowCardinality(String),
    answer UInt64 CODEC(ZSTD(1)),
    first  UInt64 CODEC(ZSTD(1))
)
ENGINE = {engine ReplacingMergeTree()}
ORDER BY (role, answer, first);

{distribute copies answer};

-- When a derived table was last brought up to date; what is stored after that is new for the next time.
CREATE TABLE IF NOT EXISTS {local refreshes}{cluster}
(
    name String,
    at   DateTime('UTC')
)
ENGINE = {engine ReplacingMergeTree(at)}
ORDER BY name;

{distribute refreshes cityHash64(name)};

-- Groups above a concept, as its terminology has them (MedDRA: hlt, hlgt, soc; the open vocabulary: class).
CREATE TABLE IF NOT EXISTS {local term_levels}{cluster}
(
    terminology LowCardinality(String),
    concept_id  String,
    level       LowCardinality(String),
    group_id    LowCardinality(String),
    group_name  LowCardinality(String),
    at          DateTime('UTC') DEFAULT now()
)
ENGINE = {engine ReplacingMergeTree(at)}
ORDER BY (level, concept_id, group_id);

{distribute term_levels cityHash64(concept_id)};

-- Volumes by the hour come from projections: they are part of the data parts, so an insert that is cut off,
-- repeated or removed later changes rows and volumes together.
ALTER TABLE {local posts}{cluster} MODIFY SETTING
    deduplicate_merge_projection_mode = 'rebuild', lightweight_mutation_projection_mode = 'rebuild';
ALTER TABLE {local analyses}{cluster} MODIFY SETTING
    deduplicate_merge_projection_mode = 'rebuild', lightweight_mutation_projection_mode = 'rebuild';
ALTER TABLE {local posts}{cluster} ADD PROJECTION IF NOT EXISTS by_hour
(
    SELECT toStartOfHour(created_at), source, platform, lang, countIf(revision = 0), max(seen_at)
    GROUP BY toStartOfHour(created_at), source, platform, lang
);
ALTER TABLE {local analyses}{cluster} ADD PROJECTION IF NOT EXISTS by_hour
(
    SELECT
        toStartOfHour(created_at), run, model, source, platform, lang,
        countIf(gate != 'refused'), countIf(gate = 'refused'), countIf(gate = 'sampled'),
        countIf(adverse_effect = 'yes'), countIf(gate = 'sampled' AND adverse_effect = 'yes')
    GROUP BY toStartOfHour(created_at), run, model, source, platform, lang
);
ALTER TABLE {local posts}{cluster} MATERIALIZE PROJECTION by_hour;
ALTER TABLE {local analyses}{cluster} MATERIALIZE PROJECTION by_hour;
