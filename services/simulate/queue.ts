type Entry<T> = { readonly at: number; readonly order: number; readonly value: T };

/** What is to happen when, earliest first; of one time, in the order of coming. */
export type Queue<T> = {
  add(at: number, value: T): void;
  /** When the next one is due; infinity when there is none. */
  next(): number;
  take(): T | undefined;
};

/** A binary heap. */
export function createQueue<T>(): Queue<T> {
  const heap: Entry<T>[] = [];
  let order = 0;
  const before = (a: Entry<T>, b: Entry<T>): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
  return {
    add(at, value) {
      const entry = { at, order: order++, value };
      let index = heap.length;
      heap.push(entry);
      while (index > 0) {
        const above = (index - 1) >> 1;
        const parent = heap[above] as Entry<T>;
        if (!before(entry, parent)) break;
        heap[index] = parent;
        index = above;
      }
      heap[index] = entry;
    },
    next: () => heap[0]?.at ?? Number.POSITIVE_INFINITY,
    take() {
      const top = heap[0];
      const last = heap.pop();
      if (!top || !last || heap.length === 0) return top?.value;
      let index = 0;
      for (;;) {
        let child = 2 * index + 1;
        if (child >= heap.length) break;
        const right = heap[child + 1];
        if (right && before(right, heap[child] as Entry<T>)) child++;
        const lower = heap[child] as Entry<T>;
        if (!before(lower, last)) break;
        heap[index] = lower;
        index = child;
      }
      heap[index] = last;
      return top.value;
    },
  };
}
