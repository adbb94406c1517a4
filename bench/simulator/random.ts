/*
 * Random numbers that follow from a seed: a simulation gives the same figures each time, and an item takes as long the
 * second time as the first.
 */

/** A number from 0 (with it) to 1 (without it) that belongs to two whole numbers. */
export function randomOf(seed: number, n: number): number {
  let x = (Math.imul(n ^ (seed * 0x9e3779b1), 0x85ebca6b) + seed) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  x ^= x >>> 16;
  return (x >>> 0) / 0x100000000;
}

/** One random number after the other. */
export function randomStream(seed: number): () => number {
  let n = 0;
  return () => randomOf(seed, n++);
}

/** A lognormal number of this mean that belongs to two whole numbers; `sigma` is the deviation of its logarithm. */
export function lognormalOf(seed: number, n: number, mean: number, sigma: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - randomOf(seed, 2 * n)));
  const normal = radius * Math.cos(2 * Math.PI * randomOf(seed, 2 * n + 1));
  return mean * Math.exp(sigma * normal - (sigma * sigma) / 2);
}
