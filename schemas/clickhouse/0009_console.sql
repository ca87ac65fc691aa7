-- Who read or changed what in the console and its API. Rows are only ever added: no version replaces another,
-- and nothing ages out. The id orders rows of the same millisecond and tells them apart.
CREATE TABLE IF NOT EXISTS {local audit}{cluster}
(
    at     DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    id     String CODEC(ZSTD(1)),
    person LowCardinality(String),
    role   LowCardinality(String),
    via    LowCardinality(String) COMMENT 'local, anonymous, session, proxy or token',
    action LowCardinality(String) COMMENT 'such as post.read, posts.export, signal.transition, sign-in',
    object String COMMENT 'id of what was read or changed; empty where there is no single one' CODEC(ZSTD(1)),
    detail String COMMENT 'JSON: the filter, the reason, the change; never the text of a post' CODEC(ZSTD(3)),
    INDEX by_object object TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = {engine MergeTree()}
PARTITION BY toYear(at)
ORDER BY (at, id)
SETTINGS non_replicated_deduplication_window = 10000;

{distribute audit cityHash64(id)};

-- Filters that people keep by name. A change is a new version; the newest counts.
CREATE TABLE IF NOT EXISTS {local saved_views}{cluster}
(
    id      String,
    name    String,
    page    LowCardinality(String) COMMENT 'which page it belongs to',
    query   String COMMENT 'the part of the address after the question mark',
    person  LowCardinality(String) COMMENT 'whose it is',
    shared  Bool COMMENT 'whether others see it',
    at      DateTime64(3, 'UTC'),
    deleted Bool
)
ENGINE = {engine ReplacingMergeTree(at)}
ORDER BY id
SETTINGS non_replicated_deduplication_window = 1000;

{distribute saved_views cityHash64(id)};

-- Words of posts for the full-text search: a Bloom filter of the words of each 8,192 posts, 32 kB, which
-- every version of the engine has. It skips what cannot hold a rare word; a common one is found soon anyway,
-- since the search reads the newest posts first and stops when it has a page of them.
ALTER TABLE {local posts}{cluster} ADD INDEX IF NOT EXISTS by_word lowerUTF8(text) TYPE tokenbf_v1(32768, 4, 0) GRANULARITY 1;
ALTER TABLE {local posts}{cluster} MATERIALIZE INDEX by_word;

-- The page of one post asks for the posts with the same text and for those of its thread.
ALTER TABLE {local posts}{cluster} ADD INDEX IF NOT EXISTS by_cluster cluster TYPE bloom_filter(0.01) GRANULARITY 4;
ALTER TABLE {local posts}{cluster} MATERIALIZE INDEX by_cluster;
ALTER TABLE {local posts}{cluster} ADD INDEX IF NOT EXISTS by_thread thread_id TYPE bloom_filter(0.01) GRANULARITY 4;
ALTER TABLE {local posts}{cluster} MATERIALIZE INDEX by_thread;

-- Terms that were considered for a span, the best first, each with its score; the page of a post shows them.
{alter analyses} ADD COLUMN IF NOT EXISTS `spans.candidates` Array(Array(Tuple(id LowCardinality(String), term LowCardinality(String), score Float32))) COMMENT 'terms considered, best first';
