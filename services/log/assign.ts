export type Member = { readonly id: string; readonly topics: readonly string[] };

/**
 * Shares the partitions of one topic among the members that read it: as evenly as can be, and each
 * partition stays with its holder where that is even.
 * @param holders the present holder of each partition, undefined where nobody holds it
 * @returns the id of the member for each partition, undefined where no member reads the topic
 */
export function assign(
  topic: string,
  members: readonly Member[],
  holders: readonly (string | undefined)[],
): (string | undefined)[] {
  const readers = members
    .filter(({ topics }) => topics.includes(topic))
    .map(({ id }) => id)
    .sort();
  if (readers.length === 0) return holders.map(() => undefined);
  const least = Math.floor(holders.length / readers.length);
  let extras = holders.length % readers.length; // readers that may hold one more than `least`
  const load = new Map(readers.map((id) => [id, 0]));
  const kept = holders.map((id) => {
    const has = id === undefined ? undefined : load.get(id);
    if (id === undefined || has === undefined || has > least) return undefined;
    if (has === least) {
      if (extras === 0) return undefined;
      extras--;
    }
    load.set(id, has + 1);
    return id;
  });
  return kept.map((id) => {
    if (id !== undefined) return id;
    const next = readers.reduce((a, b) => ((load.get(b) ?? 0) < (load.get(a) ?? 0) ? b : a));
    load.set(next, (load.get(next) ?? 0) + 1);
    return next;
  });
}
