-- Rules, messages and their deliveries. All of it is only ever added to; views give the state of now.

-- What the message needs and what the next evaluation must know: the group that is quiet for a while, and the
-- things (signals, hashes of posts) that have been told of already.
{alter alerts} ADD COLUMN IF NOT EXISTS rule_version UInt32;
{alter alerts} ADD COLUMN IF NOT EXISTS kind LowCardinality(String) COMMENT 'signal, serious, post, pipeline';
{alter alerts} ADD COLUMN IF NOT EXISTS group_key String COMMENT 'what one alert of the rule stands for';
{alter alerts} ADD COLUMN IF NOT EXISTS items Array(String) COMMENT 'signals or hashes of posts that it told of first';
{alter alerts} ADD COLUMN IF NOT EXISTS title String;
{alter alerts} ADD COLUMN IF NOT EXISTS summary String COMMENT 'one sentence with the counts';
{alter alerts} ADD COLUMN IF NOT EXISTS product String;
{alter alerts} ADD COLUMN IF NOT EXISTS concept String;
{alter alerts} ADD COLUMN IF NOT EXISTS class_id String;
{alter alerts} ADD COLUMN IF NOT EXISTS class String;
{alter alerts} ADD COLUMN IF NOT EXISTS source LowCardinality(String) COMMENT 'of a silent source; empty otherwise';
{alter alerts} ADD COLUMN IF NOT EXISTS signal_id String COMMENT 'the newest signal that it tells of; empty otherwise';
{alter alerts} ADD COLUMN IF NOT EXISTS posts UInt64 COMMENT 'distinct posts';
{alter alerts} ADD COLUMN IF NOT EXISTS channels Array(LowCardinality(String)) COMMENT 'where it is sent';
{alter alerts} ADD COLUMN IF NOT EXISTS send_at DateTime64(3, 'UTC') COMMENT 'after quiet hours';
{alter alerts} ADD COLUMN IF NOT EXISTS include_text Bool;

CREATE TABLE IF NOT EXISTS {local alert_rules}{cluster}
(
    id      String,
    version UInt32,
    rule    String COMMENT 'JSON' CODEC(ZSTD(3)),
    person  LowCardinality(String),
    at      DateTime64(3, 'UTC'),
    deleted Bool
)
ENGINE = {engine MergeTree()}
ORDER BY (id, version)
SETTINGS non_replicated_deduplication_window = 10000;

{distribute alert_rules cityHash64(id)};

-- One row for each attempt, and for each decision about a delivery.
CREATE TABLE IF NOT EXISTS {local alert_deliveries}{cluster}
(
    alert_id String,
    channel  LowCardinality(String),
    attempt  UInt32 COMMENT 'counted from 1; begins again when somebody sends it again',
    at       DateTime64(3, 'UTC'),
    outcome  LowCardinality(String) COMMENT 'delivered, failed, given-up, gone, silenced, resend',
    reason   LowCardinality(String),
    status   UInt16 COMMENT 'of HTTP; 0 where there was no answer',
    next_at  DateTime64(3, 'UTC') COMMENT 'of the next attempt; 1970 where there will be none',
    person   LowCardinality(String) COMMENT 'machine, or who sent it again',
    milliseconds UInt32
)
ENGINE = {engine MergeTree()}
ORDER BY (alert_id, channel, at)
SETTINGS non_replicated_deduplication_window = 10000;

{distribute alert_deliveries cityHash64(alert_id)};

-- A channel whose receiver said that it is gone for good stays off until somebody turns it on again, or its
-- address is changed.
CREATE TABLE IF NOT EXISTS {local alert_channel_events}{cluster}
(
    channel LowCardinality(String),
    target  String COMMENT 'hash of the address that it was about',
    at      DateTime64(3, 'UTC'),
    enabled Bool,
    person  LowCardinality(String),
    reason  LowCardinality(String)
)
ENGINE = {engine MergeTree()}
ORDER BY (channel, at)
SETTINGS non_replicated_deduplication_window = 1000;

{distribute alert_channel_events cityHash64(channel)};

-- The newest row of an id counts; a silence that was ended early has an `until` in the past.
CREATE TABLE IF NOT EXISTS {local alert_silences}{cluster}
(
    id         String,
    rule       LowCardinality(String) COMMENT 'empty: all',
    product_id String COMMENT 'empty: all',
    concept_id String COMMENT 'empty: all',
    from       DateTime64(3, 'UTC'),
    until      DateTime64(3, 'UTC'),
    person     LowCardinality(String),
    reason     String,
    at         DateTime64(3, 'UTC')
)
ENGINE = {engine MergeTree()}
ORDER BY (id, at)
SETTINGS non_replicated_deduplication_window = 1000;

{distribute alert_silences cityHash64(id)};

-- What the stream's own numbers were, so that a rule on them can be tried on the past.
CREATE TABLE IF NOT EXISTS {local pipeline_samples}{cluster}
(
    at     DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    metric LowCardinality(String) COMMENT 'lag',
    name   LowCardinality(String) COMMENT 'group and topic',
    value  Float64 CODEC(ZSTD(1))
)
ENGINE = {engine ReplacingMergeTree()}
PARTITION BY toYYYYMM(at)
ORDER BY (metric, name, at)
TTL toDateTime(at) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 1000;

{distribute pipeline_samples cityHash64(name)};
