/** Filters that people keep by name. */

export type SavedViewRow = {
  readonly id: string;
  readonly name: string;
  readonly page: string;
  readonly query: string;
  readonly person: string;
  readonly shared: boolean;
  readonly at: number;
};

const columns = `id, name, page, query, person, shared, toUnixTimestamp64Milli(at) AS at`;

/** The views that a person sees: their own and the shared ones; an empty page means all pages. */
export const savedViewsSql = `
SELECT ${columns}
FROM vigilstream.saved_views FINAL
WHERE NOT deleted AND (person = {person:String} OR shared) AND ({page:String} = '' OR page = {page:String})
ORDER BY name, id`;

/** One view, whoever it belongs to. */
export const savedViewSql = `
SELECT ${columns}
FROM vigilstream.saved_views FINAL
WHERE NOT deleted AND id = {id:String}`;
