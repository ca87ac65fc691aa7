/** Value and gradient of a function of few variables; the gradient is written into `into`. */
export type Differentiable = (at: Float64Array, into: Float64Array) => number;

export type Minimum = {
  readonly at: Float64Array;
  readonly value: number;
  readonly converged: boolean;
  readonly steps: number;
};

export type MinimiseOptions = {
  readonly maxSteps?: number;
  /**
   * Converged when no component of the gradient is larger than this share of the value's size, or when three steps
   * running lower the value by less than 1e-12 of it.
   */
  readonly tolerance?: number;
  /** No variable leaves this interval. */
  readonly bounds?: readonly [number, number];
};

const dot = (x: Float64Array, y: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] ?? 0) * (y[i] ?? 0);
  return sum;
};

/**
 * Minimum of a smooth function by BFGS with backtracking (Nocedal and Wright 2006, algorithm 6.1). Meant for about
 * five variables: the inverse Hessian is kept whole.
 */
export function minimise(
  f: Differentiable,
  start: ArrayLike<number>,
  { maxSteps = 200, tolerance = 1e-8, bounds = [-Infinity, Infinity] }: MinimiseOptions = {},
): Minimum {
  const size = start.length;
  const [least, most] = bounds;
  let x: Float64Array = Float64Array.from(start, (value) => Math.min(most, Math.max(least, value)));
  let gradient: Float64Array = new Float64Array(size);
  let value = f(x, gradient);
  let inverse = identity(size);
  let restarted = true;
  let idle = 0;
  for (let step = 0; step < maxSteps; step++) {
    const free = (i: number): boolean => {
      const slope = gradient[i] ?? 0;
      const at = x[i] ?? 0;
      return !((at <= least && slope > 0) || (at >= most && slope < 0));
    };
    const scale = tolerance * Math.max(1, Math.abs(value));
    if (gradient.every((slope, i) => Math.abs(slope) <= scale || !free(i))) {
      return { at: x, value, converged: true, steps: step };
    }
    const direction = Float64Array.from(x, (_, i) => {
      let sum = 0;
      for (let j = 0; j < size; j++) sum -= (inverse[i * size + j] ?? 0) * (free(j) ? (gradient[j] ?? 0) : 0);
      return free(i) ? sum : 0;
    });
    const slope = dot(direction, gradient);
    const moved = slope < 0 ? search(f, x, value, direction, slope, bounds) : undefined;
    if (!moved) {
      if (restarted) return { at: x, value, converged: false, steps: step };
      inverse = identity(size);
      restarted = true;
      continue;
    }
    const change = Float64Array.from(moved.x, (at, i) => at - (x[i] ?? 0));
    const turn = Float64Array.from(moved.gradient, (at, i) => at - (gradient[i] ?? 0));
    inverse = restarted ? scaled(size, change, turn) : inverse;
    update(inverse, change, turn);
    restarted = false;
    idle = value - moved.value < 1e-12 * Math.abs(value) ? idle + 1 : 0;
    ({ x, value, gradient } = moved);
    if (idle === 3) return { at: x, value, converged: true, steps: step + 1 };
  }
  return { at: x, value, converged: false, steps: maxSteps };
}

function identity(size: number, scale = 1): Float64Array {
  return Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? scale : 0));
}

/** The first inverse Hessian after a restart has the size that the first step showed. */
function scaled(size: number, change: Float64Array, turn: Float64Array): Float64Array {
  const curvature = dot(change, turn);
  return identity(size, curvature > 0 ? curvature / dot(turn, turn) : 1);
}

function search(
  f: Differentiable,
  x: Float64Array,
  value: number,
  direction: Float64Array,
  slope: number,
  [least, most]: readonly [number, number],
): { x: Float64Array; value: number; gradient: Float64Array } | undefined {
  // No step longer than two units: the variables are logarithms.
  let length = Math.min(1, 2 / Math.max(1e-300, ...direction.map(Math.abs)));
  for (let halving = 0; halving < 30; halving++, length /= 2) {
    const next = x.map((at, i) => Math.min(most, Math.max(least, at + length * (direction[i] ?? 0))));
    const gradient = new Float64Array(x.length);
    const reached = f(next, gradient);
    if (reached <= value + 1e-4 * length * slope && next.some((at, i) => at !== x[i])) {
      return { x: next, value: reached, gradient };
    }
  }
  return undefined;
}

function update(inverse: Float64Array, change: Float64Array, turn: Float64Array): void {
  const size = change.length;
  const curvature = dot(change, turn);
  if (!(curvature > 1e-14 * Math.sqrt(dot(change, change) * dot(turn, turn)))) return;
  const product = Float64Array.from(change, (_, i) => dot(inverse.subarray(i * size, (i + 1) * size), turn));
  const factor = (1 + dot(turn, product) / curvature) / curvature;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const si = change[i] ?? 0;
      const sj = change[j] ?? 0;
      const cross = (product[i] ?? 0) * sj + si * (product[j] ?? 0);
      inverse[i * size + j] = (inverse[i * size + j] ?? 0) + factor * si * sj - cross / curvature;
    }
  }
}
