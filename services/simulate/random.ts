/** Numbers that look random and follow from a seed alone. */
export type Random = {
  /** Uniform in [0, 1). */
  float(): number;
  /** Uniform in 0 … n - 1. */
  int(n: number): number;
  chance(probability: number): boolean;
  /** One of the items, each as likely; throws on an empty list. */
  pick<T>(items: readonly T[]): T;
  /** An index, as likely as its share of the cumulative weights. */
  weighted(cumulative: readonly number[]): number;
  /** Waiting time until the next event of a Poisson process with this mean. */
  wait(mean: number): number;
};

/** FNV-1a over the parts, for independent streams of one seed. */
export function hashOf(...parts: readonly (string | number)[]): number {
  let hash = 2166136261;
  for (const part of parts) {
    const text = typeof part === 'number' ? `#${part}` : part;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
    hash = Math.imul(hash ^ 31, 16777619);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** The sfc32 generator (Chris Doty-Humphrey, PractRand), seeded from one number of 32 bits. */
export function createRandom(seed: number): Random {
  let a = seed | 0;
  let b = hashOf(seed, 'b') | 0;
  let c = hashOf(seed, 'c') | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  const float = (): number => next() / 4294967296;
  const int = (n: number): number => Math.floor(float() * n);
  return {
    float,
    int,
    chance: (probability) => float() < probability,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return items[int(items.length)] as T;
    },
    weighted(cumulative) {
      const mark = float() * (cumulative.at(-1) ?? 0);
      const index = cumulative.findIndex((edge) => mark < edge);
      return index < 0 ? cumulative.length - 1 : index;
    },
    wait: (mean) => -Math.log(1 - float()) * mean,
  };
}

/** Running sums of weights, as `weighted` takes them. */
export function cumulate(weights: readonly number[]): number[] {
  let sum = 0;
  return weights.map((weight) => (sum += weight));
}
