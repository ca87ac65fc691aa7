-- Mentions age out with the posts that they come from. Their day is counted from acceptance as it is for posts, so
-- that one that is analysed anew later does not outlive its post; a day, since it packs to next to nothing.
{alter mentions} ADD COLUMN IF NOT EXISTS seen_day Date DEFAULT toDate(stored_at) COMMENT 'when the post was accepted here' CODEC(Delta(2), ZSTD(1));

ALTER TABLE {db}.mentions_from_analyses{cluster} MODIFY QUERY
SELECT
    run, model, post_id, cityHash64(post_id) AS post_hash, revision,
    cityHash64(run, post_id, revision, model, analysed_at) AS answer,
    cityHash64(author_hash) AS author, cityHash64(cluster) AS text_cluster,
    toDateTime(created, 'UTC') AS created_at, toDate(created) AS day, toDate(seen) AS seen_day, analysed_at, stored_at,
    source, platform, kind, lang, country, author_automated AS automated, advert,
    named.1 AS product_id, named.2 AS product,
    felt.1 AS concept_id, felt.2 AS concept, felt.3 AS class_id, felt.4 AS class, felt.5 AS role,
    adverse_effect_p AS probability
FROM
(
    SELECT
        run, model, post_id, revision, author AS author_hash, cluster, created_at AS created, seen_at AS seen, analysed_at,
        stored_at, source, platform, kind, lang, country, author_automated, advert, adverse_effect_p,
        arrayJoin(arrayDistinct(arrayZip(`products.id`, `products.name`))) AS named,
        arrayJoin(arrayDistinct(arrayFilter(e -> e.5 != '',
            arrayZip(`spans.concept_id`, `spans.concept`, `spans.class_id`, `spans.class`, `spans.role`)))) AS felt
    FROM {local analyses}
    WHERE gate != 'refused' AND notEmpty(`products.id`) AND notEmpty(`spans.role`)
);
