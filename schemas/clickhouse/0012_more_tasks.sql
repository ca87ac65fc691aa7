-- More sentence tasks; what the columns mean is said with the first ones.
{alter analyses} ADD COLUMN IF NOT EXISTS medication_mention LowCardinality(String) COMMENT 'no, yes; empty: not asked';
{alter analyses} ADD COLUMN IF NOT EXISTS medication_mention_p Float32 COMMENT 'probability of yes' CODEC(ZSTD(1));
{alter analyses} ADD COLUMN IF NOT EXISTS drug_use LowCardinality(String) COMMENT 'no, yes; empty: not asked';
{alter analyses} ADD COLUMN IF NOT EXISTS drug_use_p Float32 COMMENT 'probability of yes' CODEC(ZSTD(1));
{alter analyses} ADD COLUMN IF NOT EXISTS medication_sentiment LowCardinality(String) COMMENT 'none, effective, ineffective, serious-adverse-effect; empty: not asked';
{alter analyses} ADD COLUMN IF NOT EXISTS medication_sentiment_p Float32 COMMENT 'probability of the answer' CODEC(ZSTD(1));
{alter analyses} ADD COLUMN IF NOT EXISTS condition LowCardinality(String) COMMENT 'none, exist, recover, deteriorate; empty: not asked';
{alter analyses} ADD COLUMN IF NOT EXISTS condition_p Float32 COMMENT 'probability of the answer' CODEC(ZSTD(1));
{alter analyses} ADD COLUMN IF NOT EXISTS birth_defect LowCardinality(String) COMMENT 'none, possible-defect, defect; empty: not asked';
{alter analyses} ADD COLUMN IF NOT EXISTS birth_defect_p Float32 COMMENT 'probability of the answer' CODEC(ZSTD(1));
{alter analyses} ADD COLUMN IF NOT EXISTS vaccine_intent LowCardinality(String) COMMENT 'unclear, no, yes; empty: not asked';
{alter analyses} ADD COLUMN IF NOT EXISTS vaccine_intent_p Float32 COMMENT 'probability of yes' CODEC(ZSTD(1));
{alter analyses} ADD COLUMN IF NOT EXISTS vaccine_use LowCardinality(String) COMMENT 'no, yes; empty: not asked';
{alter analyses} ADD COLUMN IF NOT EXISTS vaccine_use_p Float32 COMMENT 'probability of yes' CODEC(ZSTD(1));
