/** When requests arrive: an open loop, in which nobody waits for anybody's answer. */
import { createRandom } from "../random.ts";

export type ArrivalKind = "burst" | "poisson" | "fixed";

export interface Arrivals {
  readonly kind: ArrivalKind;
  /** Mean rate of `poisson`, exact rate of `fixed`; a burst has none. */
  readonly ratePerSecond: number;
  readonly seed: number;
}

/**
 * Milliseconds from the start, ascending, the first at 0. Poisson: gaps are exponential with
 * mean 1000 / rate, the same for the same seed.
 */
export function arrivalTimes(count: number, { kind, ratePerSecond, seed }: Arrivals): readonly number[] {
  if (kind === "burst") return Array.from({ length: count }, () => 0);
  if (!(ratePerSecond > 0)) throw new RangeError(`a rate of ${ratePerSecond} a second brings no request`);
  const meanGapMs = 1000 / ratePerSecond;
  if (kind === "fixed") return Array.from({ length: count }, (_, index) => index * meanGapMs);
  const random = createRandom(seed);
  let atMs = 0;
  return Array.from({ length: count }, (_, index) => {
    if (index > 0) atMs -= meanGapMs * Math.log(1 - random.next());
    return atMs;
  });
}
