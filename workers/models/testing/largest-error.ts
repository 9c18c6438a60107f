/** Largest difference of two rows of logits, relative to the largest logit expected; NaN where one is. */
export function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} logits instead of ${expected.length}`);
  let difference = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i += 1) {
    difference = Math.max(difference, Math.abs((actual[i] ?? NaN) - (expected[i] ?? NaN)));
    size = Math.max(size, Math.abs(expected[i] ?? NaN));
  }
  return difference / size;
}
