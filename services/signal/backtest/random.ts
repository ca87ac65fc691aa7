/** Draws that the benchmark needs, all from one seed. */
export type Draws = {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform in 0 … n - 1. */
  below(n: number): number;
  normal(): number;
  poisson(mean: number): number;
};

/** The mulberry32 generator (Tommy Ettinger), with Box and Muller's normal and Knuth's Poisson draws. */
export function createDraws(seed: number): Draws {
  let state = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return {
    uniform,
    below: (n) => Math.floor(uniform() * n),
    normal,
    poisson(mean) {
      if (mean <= 0) return 0;
      if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
      const limit = Math.exp(-mean);
      let count = 0;
      for (let product = uniform(); product > limit; product *= uniform()) count++;
      return count;
    },
  };
}
