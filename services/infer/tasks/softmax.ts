/** Probabilities of `count` logits from `start` on, written to `into`. */
export function softmax(logits: Float32Array, start: number, count: number, into: Float64Array): void {
  let largest = -Infinity;
  for (let i = 0; i < count; i++) largest = Math.max(largest, logits[start + i] ?? 0);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += into[i] = Math.exp((logits[start + i] ?? 0) - largest);
  for (let i = 0; i < count; i++) into[i] = (into[i] ?? 0) / sum;
}
