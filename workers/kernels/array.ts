/**
 * Element access and the two hot loops of the references. A read past the end is a bug in
 * an offset computation, so it throws instead of turning into NaN three layers later.
 */

export function at(values: Float32Array, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`index ${index} of ${values.length}`);
  return value;
}

/** For index lists (token ids, positions, slots, block tables); apart from `at` so that both stay monomorphic. */
export function indexAt(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`index ${index} of ${values.length}`);
  return value;
}

/**
 * Sum of a[aStart + i] * b[bStart + i] for i < length, in double precision and always in the same
 * order (four running sums, added pairwise), so a row's result does not depend on its batch.
 */
export function dot(
  a: Float32Array,
  aStart: number,
  b: Float32Array,
  bStart: number,
  length: number,
): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let i = 0;
  // `?? 0` only satisfies the type checker: the callers' shapes keep every index inside, and V8 drops the test.
  for (; i + 3 < length; i += 4) {
    sum0 += (a[aStart + i] ?? 0) * (b[bStart + i] ?? 0);
    sum1 += (a[aStart + i + 1] ?? 0) * (b[bStart + i + 1] ?? 0);
    sum2 += (a[aStart + i + 2] ?? 0) * (b[bStart + i + 2] ?? 0);
    sum3 += (a[aStart + i + 3] ?? 0) * (b[bStart + i + 3] ?? 0);
  }
  for (; i < length; i += 1) sum0 += (a[aStart + i] ?? 0) * (b[bStart + i] ?? 0);
  return sum0 + sum1 + (sum2 + sum3);
}

/** out[i] += factor * values[start + i] for i < out.length. */
export function addScaled(out: Float64Array, factor: number, values: Float32Array, start: number): void {
  for (let i = 0; i < out.length; i += 1) {
    out[i] = (out[i] ?? 0) + factor * (values[start + i] ?? 0);
  }
}
