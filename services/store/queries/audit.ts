/** The audit trail. Times are milliseconds since 1970 UTC. */

export type AuditRow = {
  readonly at: number;
  readonly id: string;
  readonly person: string;
  readonly role: string;
  readonly via: string;
  readonly action: string;
  readonly object: string;
  /** JSON. */
  readonly detail: string;
};

const columns = `toUnixTimestamp64Milli(at) AS at, id, person, role, via, action, object, detail`;

/**
 * Entries, newest first. Filters that are empty let all through; the page begins after the entry
 * (`before`, `beforeId`), the newest one being before a time in the future.
 */
export const auditSql = `
SELECT ${columns}
FROM vigilstream.audit AS a
WHERE (a.at, a.id) < (fromUnixTimestamp64Milli({before:Int64}), {beforeId:String})
  AND ({person:String} = '' OR person = {person:String})
  AND ({action:String} = '' OR action = {action:String})
  AND ({object:String} = '' OR object = {object:String})
ORDER BY a.at DESC, a.id DESC
LIMIT {limit:UInt32}`;
