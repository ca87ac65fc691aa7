export type BatchEnd = { readonly maxOffset: number; readonly epoch: number };

/** The newest batch that was begun at an offset, by the log that has this record there. */
export const batchBegunAt = `
SELECT max_offset AS maxOffset, epoch
FROM vigilstream.batches
WHERE topic = {topic:String} AND partition = {partition:UInt32} AND min_offset = {offset:UInt64}
  AND toUnixTimestamp64Milli(first_time) = {time:Int64}
ORDER BY at DESC
LIMIT 1`;

/** How often data were removed from the tables on purpose. */
export const deleteEpoch = `SELECT max(epoch) AS epoch FROM vigilstream.delete_epochs`;
