-- Every scan writes into one of two slots, and never into that of the last complete one: so its rows replace those
-- of the scan before that and of scans that were cut off, and the last complete one stays whole meanwhile. What is
-- replaced goes with the next merges, so that of a day at most two scans are kept. A column may be put behind the
-- sorting key only where the same statement adds it; the rows that there are keep their places, in slot 0.
ALTER TABLE {local pair_scores}{cluster}
    ADD COLUMN IF NOT EXISTS slot UInt8 COMMENT '0 or 1, by turns',
    MODIFY ORDER BY (run, level, scan_day, product_id, concept_id, slot);
{alter pair_scores} ADD COLUMN IF NOT EXISTS slot UInt8 COMMENT '0 or 1, by turns';
{alter scans} ADD COLUMN IF NOT EXISTS slot UInt8 COMMENT 'where the scores of the scan lie';
