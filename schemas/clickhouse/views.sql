-- Views, made anew whenever a migration was applied or this text has changed.
-- GLOBAL means nothing on one machine; on a cluster it sends the small sets to all shards.
-- A set of 64-bit hashes takes a third of the memory of a set of ids. Of 100 M posts and 10 M notices one
-- post would be hidden wrongly with a chance of 1 in 20,000.

-- Posts in their newest revision, without those that are gone.
CREATE OR REPLACE VIEW {db}.posts_current{cluster} AS
SELECT *
FROM {db}.posts FINAL
WHERE (cityHash64(post_id) GLOBAL NOT IN (SELECT post_hash FROM {db}.edits)
       OR (cityHash64(post_id), revision) GLOBAL IN (SELECT post_hash, max(revision) FROM {db}.edits GROUP BY post_hash))
  AND cityHash64(post_id) GLOBAL NOT IN (SELECT post_hash FROM {db}.deletions FINAL WHERE post_id != '' AND applied_at = 0)
  AND author GLOBAL NOT IN (SELECT toFixedString(author, 32) FROM {db}.deletions FINAL WHERE author != '' AND applied_at = 0);

-- Answers of the latest model in each run, on posts in their newest revision, without those that are gone.
CREATE OR REPLACE VIEW {db}.analyses_current{cluster} AS
SELECT *
FROM {db}.analyses FINAL
WHERE gate IN ('passed', 'sampled', 'off')
  AND (cityHash64(post_id) GLOBAL NOT IN (SELECT post_hash FROM {db}.edits)
       OR (cityHash64(post_id), revision) GLOBAL IN (SELECT post_hash, max(revision) FROM {db}.edits GROUP BY post_hash))
  AND cityHash64(post_id) GLOBAL NOT IN (SELECT post_hash FROM {db}.deletions FINAL WHERE post_id != '' AND applied_at = 0)
  AND author GLOBAL NOT IN (SELECT toFixedString(author, 32) FROM {db}.deletions FINAL WHERE author != '' AND applied_at = 0)
ORDER BY analysed_at DESC
LIMIT 1 BY created_at, post_id, run;

-- One row per post of which the model says that somebody had an unwanted effect.
CREATE OR REPLACE VIEW {db}.findings{cluster} AS
SELECT *
FROM {db}.analyses_current
WHERE adverse_effect = 'yes';

-- One row per effect that a finding names; `products` are all that its post names.
CREATE OR REPLACE VIEW {db}.finding_effects{cluster} AS
SELECT
    post_id, revision, run, model, source, platform, kind, lang, country, created_at, seen_at, author,
    author_automated, cluster, analysed_at, adverse_effect_p,
    `products.id` AS product_ids, `products.name` AS product_names,
    label, start, end, start_utf16, end_utf16, effect, score, level, concept_id, concept, concept_score,
    class_id, class, marks, role
FROM {db}.findings
ARRAY JOIN
    `spans.label` AS label, `spans.start` AS start, `spans.end` AS end,
    `spans.start_utf16` AS start_utf16, `spans.end_utf16` AS end_utf16,
    `spans.text` AS effect, `spans.score` AS score, `spans.level` AS level,
    `spans.concept_id` AS concept_id, `spans.concept` AS concept, `spans.concept_score` AS concept_score,
    `spans.class_id` AS class_id, `spans.class` AS class, `spans.marks` AS marks, `spans.role` AS role
WHERE label = 'effect';

-- Mentions that stand: without deleted posts and without earlier revisions. Older models' answers are there.
CREATE OR REPLACE VIEW {db}.mentions_standing{cluster} AS
SELECT *
FROM {db}.mentions
WHERE answer GLOBAL NOT IN (SELECT answer FROM {db}.superseded WHERE reason != 'model');

-- Mentions by the newest analysis of every post in each run. Who counts them counts distinct people or posts.
CREATE OR REPLACE VIEW {db}.mentions_current{cluster} AS
SELECT *
FROM {db}.mentions
WHERE answer GLOBAL NOT IN (SELECT answer FROM {db}.superseded);

-- What the main counts count: effects that somebody had, once for each text (for the author who was first),
-- without automated accounts and suspected advertising.
CREATE OR REPLACE VIEW {db}.mentions_counted{cluster} AS
SELECT *
FROM {db}.mentions
WHERE role = 'effect' AND NOT automated AND NOT advert
  AND answer GLOBAL NOT IN (SELECT answer FROM {db}.superseded)
  AND answer GLOBAL NOT IN (SELECT answer FROM {db}.copies
      WHERE role = 'effect' AND first GLOBAL NOT IN (SELECT answer FROM {db}.superseded));

-- The main counts by product, effect and day.
CREATE OR REPLACE VIEW {db}.pairs_daily{cluster} AS
SELECT
    run,
    day,
    product_id,
    concept_id,
    any(product) AS product,
    any(concept) AS concept,
    any(class) AS class,
    uniqExact(author) AS people,
    uniqExact(post_hash) AS posts
FROM {db}.mentions_counted
WHERE concept_id != ''
GROUP BY run, day, product_id, concept_id;

-- Volumes by the hour of creation: posts by their first revision, and what became of the analyses. Sum them.
-- A stretch of `hour` is looked up in the projections; posts do not know a run and count as live.
CREATE OR REPLACE VIEW {db}.posts_hourly{cluster} AS
SELECT
    toStartOfHour(created_at) AS hour, 'live' AS run, '' AS model, source, platform, lang,
    countIf(revision = 0) AS posts, max(seen_at) AS last_seen_at,
    0 AS analysed, 0 AS refused, 0 AS sampled, 0 AS effects, 0 AS sampled_effects
FROM {db}.posts
GROUP BY toStartOfHour(created_at), source, platform, lang
UNION ALL
SELECT
    toStartOfHour(created_at) AS hour, run, model, source, platform, lang,
    0 AS posts, toDateTime64(0, 3, 'UTC') AS last_seen_at,
    countIf(gate != 'refused') AS analysed, countIf(gate = 'refused') AS refused,
    countIf(gate = 'sampled') AS sampled, countIf(adverse_effect = 'yes') AS effects,
    countIf(gate = 'sampled' AND adverse_effect = 'yes') AS sampled_effects
FROM {db}.analyses
GROUP BY toStartOfHour(created_at), run, model, source, platform, lang;

-- Everything that was read, by source and day.
CREATE OR REPLACE VIEW {db}.posts_daily{cluster} AS
SELECT
    toDate(created_at) AS day,
    source,
    lang,
    uniqExact(post_id) AS posts,
    uniqExact(author) AS people
FROM {db}.posts_current
GROUP BY day, source, lang;

-- What the last complete scan of each run found. Rows of its slot that are older belong to pairs that it left out. A
-- newer one is there only while two processes scan at once, and has taken the place of the same pair. PREWHERE, so
-- that FINAL has only these rows to compare; none of them could lose its place to one that is left out.
CREATE OR REPLACE VIEW {db}.pair_scores_latest{cluster} AS
SELECT *
FROM {db}.pair_scores FINAL
PREWHERE (run, scan_day, slot) GLOBAL IN (SELECT run, toDate(max(scan_at)), argMax(slot, scan_at) FROM {db}.scans GROUP BY run)
  AND scan_at >= (SELECT mapFromArrays(groupArray(run), groupArray(last))
      FROM (SELECT run, max(scan_at) AS last FROM {db}.scans GROUP BY run))[run];

-- Every signal in its newest state, with the newest evidence.
CREATE OR REPLACE VIEW {db}.signals_current{cluster} AS
SELECT
    e.signal_id AS signal_id,
    argMax(e.to_state, e.sequence) AS state,
    argMax(e.outcome, e.sequence) AS outcome,
    argMax(e.duplicate_of, e.sequence) AS duplicate_of,
    argMaxIf(e.person, e.sequence, e.kind = 'transition') AS person,
    argMaxIf(e.reason, e.sequence, e.kind = 'transition') AS reason,
    max(e.sequence) AS sequence,
    min(e.at) AS detected_at,
    maxIf(e.at, e.kind = 'transition') AS state_at,
    maxIf(e.at, e.evidence != '') AS evidence_at,
    argMaxIf(e.evidence, e.sequence, e.evidence != '') AS evidence,
    argMax(e.criteria, e.sequence) AS criteria,
    any(e.run) AS run,
    any(e.level) AS level,
    any(e.product_id) AS product_id,
    argMax(e.product, e.sequence) AS product,
    any(e.concept_id) AS concept_id,
    argMax(e.concept, e.sequence) AS concept,
    any(e.class_id) AS class_id,
    argMax(e.class, e.sequence) AS class
FROM {db}.signal_events AS e
GROUP BY e.signal_id;

-- Rules that were saved in the console, in their newest version; a deleted one is still here and says so.
CREATE OR REPLACE VIEW {db}.alert_rules_current{cluster} AS
SELECT *
FROM {db}.alert_rules
ORDER BY version DESC, at DESC
LIMIT 1 BY id;

-- Where each alert stands on each channel; `outcome` is empty where nothing was tried yet.
CREATE OR REPLACE VIEW {db}.alert_delivery_states{cluster} AS
SELECT
    alerts.id AS alert_id, alerts.rule AS rule, alerts.severity AS severity, alerts.at AS fired_at,
    alerts.channel AS channel, done.outcome AS outcome, done.attempts AS attempts, done.at AS at,
    done.reason AS reason, done.status AS status, done.next_at AS next_at
FROM (SELECT id, rule, severity, at, arrayJoin(channels) AS channel FROM {db}.alerts FINAL) AS alerts
LEFT JOIN
(
    SELECT
        d.alert_id AS alert_id, d.channel AS channel, argMax(d.outcome, (d.at, d.attempt)) AS outcome,
        countIf(d.outcome NOT IN ('resend', 'silenced')) AS attempts, max(d.at) AS at,
        argMax(d.reason, (d.at, d.attempt)) AS reason, argMax(d.status, (d.at, d.attempt)) AS status,
        argMax(d.next_at, (d.at, d.attempt)) AS next_at
    FROM {db}.alert_deliveries AS d
    GROUP BY d.alert_id, d.channel
) AS done ON alerts.id = done.alert_id AND alerts.channel = done.channel;
