-- What the store is about to insert, written before it does. After a crash the batch that begins where the
-- group has to begin again is repeated with the same bounds, hence the same token, hence no row twice.
-- `first_time` tells a new log whose offsets begin at 0 again from the one that wrote the row.
CREATE TABLE IF NOT EXISTS {local batches}{cluster}
(
    topic      LowCardinality(String),
    partition  UInt32,
    min_offset UInt64,
    max_offset UInt64,
    epoch      UInt32,
    first_time DateTime64(3, 'UTC') COMMENT 'of the first record, by the log',
    rows       UInt32 COMMENT 'records in the batch',
    at         DateTime64(3, 'UTC')
)
ENGINE = {engine ReplacingMergeTree(at)}
PARTITION BY toYYYYMM(at)
ORDER BY (topic, partition, min_offset, max_offset)
SETTINGS non_replicated_deduplication_window = 0;

{distribute batches cityHash64(topic, partition)};

-- A row for every time that data were removed from the tables on purpose. The newest number is part of the
-- tokens, so that what is replayed afterwards is inserted and not taken for a repetition.
CREATE TABLE IF NOT EXISTS {local delete_epochs}{cluster}
(
    epoch  UInt32,
    reason String,
    at     DateTime64(3, 'UTC')
)
ENGINE = {engine ReplacingMergeTree(at)}
ORDER BY epoch;

{distribute delete_epochs epoch};
