-- What the scans found. Every scan counts all pairs of product and reaction anew; the last one of each day is
-- kept, since the key holds the day and not the moment. Intervals and statistics are null where they do not
-- exist (a pair of which there is no comparison).
CREATE TABLE IF NOT EXISTS {local pair_scores}{cluster}
(
    scan_at     DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    scan_day    Date MATERIALIZED toDate(scan_at),
    run         LowCardinality(String),
    level       LowCardinality(String) COMMENT 'term, class, or a level between them',
    window_from Date,
    window_to   Date,
    product_id  LowCardinality(String),
    product     LowCardinality(String),
    concept_id  LowCardinality(String),
    concept     LowCardinality(String),
    class_id    LowCardinality(String),
    class       LowCardinality(String),
    n11         UInt32 COMMENT 'people: with the product and the reaction',
    n1x         UInt32 COMMENT 'people: with the product and any reaction',
    nx1         UInt32 COMMENT 'people: with the reaction and any product',
    n           UInt32 COMMENT 'people: with any product and any reaction',
    expected    Float64 COMMENT 'n1x * nx1 / n',
    prr         Nullable(Float64),
    prr_lo      Nullable(Float64),
    prr_hi      Nullable(Float64),
    chi2        Nullable(Float64),
    chi2_yates  Nullable(Float64),
    ror         Nullable(Float64),
    ror_lo      Nullable(Float64),
    ror_hi      Nullable(Float64),
    ic          Nullable(Float64),
    ic025       Nullable(Float64),
    ic975       Nullable(Float64),
    ebgm        Nullable(Float64),
    eb05        Nullable(Float64),
    eb95        Nullable(Float64),
    recent      UInt32 COMMENT 'people in the last seven days of the window',
    baseline    UInt32 COMMENT 'people in the seven days before these',
    change_days UInt8 COMMENT 'the stretch in which the rise is clearest',
    change_people UInt32 COMMENT 'people in each week of that stretch, added',
    change_expected Float64 COMMENT 'how many had been expected in it',
    change_p    Float64,
    change_q    Float64 COMMENT 'after Benjamini and Hochberg over the scan',
    detectors   Array(LowCardinality(String)) COMMENT 'those that fired on the last day of the window',
    presets     Array(LowCardinality(String)) COMMENT 'those that fired, with their versions',
    criteria    Array(LowCardinality(String)) COMMENT 'those that are met, with their versions'
)
ENGINE = {engine ReplacingMergeTree(scan_at)}
PARTITION BY toYYYYMM(scan_at)
ORDER BY (run, level, scan_day, product_id, concept_id)
SETTINGS non_replicated_deduplication_window = 1000;

{distribute pair_scores cityHash64(product_id)};

-- A row when a scan is complete: the views show no half of one. It also says over how many pairs the false
-- discovery rate was controlled.
CREATE TABLE IF NOT EXISTS {local scans}{cluster}
(
    scan_at      DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    run          LowCardinality(String),
    window_from  Date,
    window_to    Date,
    criteria     LowCardinality(String),
    pairs        UInt32 COMMENT 'pairs that were tested',
    detected     UInt32 COMMENT 'signals that are new',
    milliseconds UInt32
)
ENGINE = {engine ReplacingMergeTree(scan_at)}
PARTITION BY toYYYYMM(scan_at)
ORDER BY (run, scan_at)
SETTINGS non_replicated_deduplication_window = 1000;

{distribute scans cityHash64(run)};

-- The life of signals, one row a step; nothing is ever changed or removed. The token of an insert is made of
-- the signal and the number of the step, so two people cannot both take the same one.
CREATE TABLE IF NOT EXISTS {local signal_events}{cluster}
(
    signal_id    String,
    sequence     UInt32,
    at           DateTime64(3, 'UTC'),
    kind         LowCardinality(String) COMMENT 'transition or evidence',
    from_state   LowCardinality(String) COMMENT 'empty: newly detected',
    to_state     LowCardinality(String) COMMENT 'detected, validated, prioritised, under-assessment, closed',
    outcome      LowCardinality(String) COMMENT 'confirmed, refuted, duplicate; empty while open',
    person       LowCardinality(String) COMMENT 'machine only detects and adds evidence',
    reason       String,
    duplicate_of String,
    criteria     LowCardinality(String) COMMENT 'id@version',
    run          LowCardinality(String),
    level        LowCardinality(String),
    product_id   LowCardinality(String),
    product      LowCardinality(String),
    concept_id   LowCardinality(String),
    concept      LowCardinality(String),
    class_id     LowCardinality(String),
    class        LowCardinality(String),
    evidence     String COMMENT 'JSON; empty where a person acted' CODEC(ZSTD(3)),
    request      String COMMENT 'names the attempt, so that who wrote a step first can be told'
)
ENGINE = {engine MergeTree()}
ORDER BY (signal_id, sequence)
SETTINGS non_replicated_deduplication_window = 10000;

{distribute signal_events cityHash64(signal_id)};
