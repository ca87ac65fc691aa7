export type Lru<K, V> = {
  /** The value of a key, made by `make` when it is not there. */
  get(key: K, make: () => V): V;
};

/** Keeps the `size` entries that were asked for last. */
export function createLru<K, V extends {}>(size: number): Lru<K, V> {
  const entries = new Map<K, V>();
  return {
    get(key, make) {
      const known = entries.get(key);
      if (known !== undefined) {
        entries.delete(key);
        entries.set(key, known);
        return known;
      }
      const value = make();
      entries.set(key, value);
      if (entries.size > size) {
        const oldest = entries.keys().next();
        if (!oldest.done) entries.delete(oldest.value);
      }
      return value;
    },
  };
}
