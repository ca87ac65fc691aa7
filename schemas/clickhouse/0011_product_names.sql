-- Which products there are, and whether each is a drug or a vaccine: a row per product, whatever the number of
-- posts. Filled from the analyses themselves, since the names that a user adds are known only there.
CREATE TABLE IF NOT EXISTS {local product_names}{cluster}
(
    product_id String,
    product    String,
    kind       LowCardinality(String) COMMENT 'drug, vaccine',
    seen_at    DateTime64(3, 'UTC')
)
ENGINE = {engine ReplacingMergeTree(seen_at)}
ORDER BY product_id
SETTINGS non_replicated_deduplication_window = 10000;

{distribute product_names cityHash64(product_id)};

CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.product_names_from_analyses{cluster} TO {local product_names} AS
SELECT named.1 AS product_id, any(named.2) AS product, any(named.3) AS kind, max(analysed_at) AS seen_at
FROM
(
    SELECT analysed_at, arrayJoin(arrayDistinct(arrayZip(`products.id`, `products.name`, `products.kind`))) AS named
    FROM {local analyses}
    WHERE notEmpty(`products.id`)
)
GROUP BY product_id;

INSERT INTO {db}.product_names
SELECT named.1 AS product_id, any(named.2) AS product, any(named.3) AS kind, max(analysed_at) AS seen_at
FROM
(
    SELECT analysed_at, arrayJoin(arrayDistinct(arrayZip(`products.id`, `products.name`, `products.kind`))) AS named
    FROM {db}.analyses
    WHERE notEmpty(`products.id`)
)
GROUP BY product_id;
