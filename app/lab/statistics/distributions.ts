/** The few distributions that intervals are made of. */

/** 97.5% quantile of the standard normal distribution. */
const z = 1.959964;

/**
 * 97.5% quantile of Student's t with `freedom` degrees of freedom, 3 or more: the expansion of
 * Cornish and Fisher in 1 / freedom, 3.179 at 3 where 3.182 is exact, and nearer from there on.
 */
export function studentT(freedom: number): number {
  if (!(freedom >= 3)) throw new RangeError(`Student's t of ${freedom} degrees of freedom`);
  return [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92_160,
  ].reduce((sum, term, power) => sum + term / freedom ** (power + 1), z);
}

/**
 * The largest k with P(at most k of n) ≤ `most`, each with chance p, 0 < p < 1; −1 where there is
 * none. n up to 1,000.
 */
export function lastOfTail(n: number, p: number, most: number): number {
  // From the end whose chance is a number of ours: 0.01^300 is none, 0.5^1000 is.
  if (p <= 0.5) {
    let [k, chance] = [0, (1 - p) ** n];
    for (let sum = chance; sum <= most; sum += chance) {
      k += 1;
      chance *= (((n - k + 1) / k) * p) / (1 - p);
    }
    return k - 1;
  }
  let [k, chance] = [n, p ** n];
  // `sum`: of more than k − 1 successes.
  for (let sum = chance; 1 - sum > most && k > 0; sum += chance) {
    chance *= ((k / (n - k + 1)) * (1 - p)) / p;
    k -= 1;
  }
  return k - 1;
}

/** P(Z ≤ z) of the standard normal distribution; 7 digits (Abramowitz and Stegun 26.2.17). */
export function normalBelow(z: number): number {
  if (z < 0) return 1 - normalBelow(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const series = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const tail = series.reduce((sum, factor, power) => sum + factor * t ** (power + 1), 0);
  return 1 - (tail * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}

/** The z with P(Z ≤ z) = p, 0 < p < 1, by bisection. */
export function normalQuantile(p: number): number {
  let [low, high] = [-8, 8];
  while (high - low > 1e-7) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
