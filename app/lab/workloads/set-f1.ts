/** F1 of two sets that are written as lists. */
export interface SetScore {
  readonly equal: boolean;
  /** Harmonic mean of precision and recall; 1 where both sets are empty. */
  readonly f1: number;
}

export function setF1(expected: ReadonlySet<string>, got: ReadonlySet<string>): SetScore {
  const numShared = [...got].filter((item) => expected.has(item)).length;
  const total = expected.size + got.size;
  return {
    equal: numShared === expected.size && numShared === got.size,
    f1: total === 0 ? 1 : (2 * numShared) / total,
  };
}

/** "a, b" to its items; "none" and nothing are the empty set. */
export const listItems = (list: string): ReadonlySet<string> =>
  new Set(list === "" || list === "none" ? [] : list.split(",").map((part) => part.trim()));
