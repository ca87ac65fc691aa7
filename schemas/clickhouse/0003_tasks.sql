-- Two columns for each sentence task of tasks.json: the answer, empty where the post was not asked (refused by
-- the gate, or the model has no such task), and the probability: of the positive label where the task has
-- one, else of the answer. A new task is one more migration of this form.
{alter analyses} ADD COLUMN IF NOT EXISTS adverse_effect LowCardinality(String) COMMENT 'no, yes; empty: not asked';
{alter analyses} ADD COLUMN IF NOT EXISTS adverse_effect_p Float32 COMMENT 'probability of yes' CODEC(ZSTD(1));
{alter analyses} ADD COLUMN IF NOT EXISTS withdrawal LowCardinality(String) COMMENT 'no, yes; empty: not asked';
{alter analyses} ADD COLUMN IF NOT EXISTS withdrawal_p Float32 COMMENT 'probability of yes' CODEC(ZSTD(1));
{alter analyses} ADD COLUMN IF NOT EXISTS drug_outcome LowCardinality(String) COMMENT 'none, effective, ineffective; empty: not asked';
{alter analyses} ADD COLUMN IF NOT EXISTS drug_outcome_p Float32 COMMENT 'probability of the answer' CODEC(ZSTD(1));
{alter analyses} ADD COLUMN IF NOT EXISTS indication LowCardinality(String) COMMENT 'no, yes; empty: not asked';
{alter analyses} ADD COLUMN IF NOT EXISTS indication_p Float32 COMMENT 'probability of yes' CODEC(ZSTD(1));
{alter analyses} ADD COLUMN IF NOT EXISTS symptom LowCardinality(String) COMMENT 'no, yes; empty: not asked';
{alter analyses} ADD COLUMN IF NOT EXISTS symptom_p Float32 COMMENT 'probability of yes' CODEC(ZSTD(1));
{alter analyses} ADD COLUMN IF NOT EXISTS health_mention LowCardinality(String) COMMENT 'other, figurative, mention; empty: not asked';
{alter analyses} ADD COLUMN IF NOT EXISTS health_mention_p Float32 COMMENT 'probability of mention' CODEC(ZSTD(1));
{alter analyses} ADD COLUMN IF NOT EXISTS vaccine_relevance LowCardinality(String) COMMENT 'no, yes; empty: not asked';
{alter analyses} ADD COLUMN IF NOT EXISTS vaccine_relevance_p Float32 COMMENT 'probability of yes' CODEC(ZSTD(1));
{alter analyses} ADD COLUMN IF NOT EXISTS vaccine_stance LowCardinality(String) COMMENT 'neutral, against, for; empty: not asked';
{alter analyses} ADD COLUMN IF NOT EXISTS vaccine_stance_p Float32 COMMENT 'probability of the answer' CODEC(ZSTD(1));
{alter analyses} ADD COLUMN IF NOT EXISTS vaccine_side_effect_concern LowCardinality(String) COMMENT 'no, yes; empty: not asked';
{alter analyses} ADD COLUMN IF NOT EXISTS vaccine_side_effect_concern_p Float32 COMMENT 'probability of yes' CODEC(ZSTD(1));
