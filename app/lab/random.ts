/** A seeded generator of random numbers (mulberry32): same seed, same rows, on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  readonly next: () => number;
  /** Uniform whole number in [0, n). */
  readonly below: (n: number) => number;
  /** One element; throws on an empty list. */
  readonly choice: <T>(list: readonly T[]) => T;
  /** `count` different elements in random order; throws where there are fewer. */
  readonly sample: <T>(list: readonly T[], count: number) => readonly T[];
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  const choice = <T>(list: readonly T[]): T => at(list, below(list.length));
  const sample = <T>(list: readonly T[], count: number): readonly T[] => {
    const pool = [...list];
    return Array.from({ length: count }, () => {
      const [drawn] = pool.splice(below(pool.length), 1);
      if (drawn === undefined) throw new RangeError(`cannot draw ${count} of ${list.length}`);
      return drawn;
    });
  };
  return { next, below, choice, sample };
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError("cannot draw from an empty list");
  return value;
}
