-- How long rows are kept, made anew whenever the settings have changed. Counted from acceptance, so that old
-- posts of a back-fill are not removed as soon as they come in.
ALTER TABLE {local posts}{cluster} {ttl posts seen_at};
ALTER TABLE {local analyses}{cluster} {ttl posts seen_at};
ALTER TABLE {local mentions}{cluster} {ttl posts seen_day};
ALTER TABLE {local drops}{cluster} {ttl flow at};
ALTER TABLE {local dead_letters}{cluster} {ttl flow at};
ALTER TABLE {local batches}{cluster} {ttl batches at};
