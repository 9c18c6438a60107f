export interface ItlPoint {
  /** 1 is the gap between the first and the second token. */
  readonly index: number;
  readonly ms: number;
}

/** At most `limit` points; each bucket keeps its slowest gap, so that no spike disappears. */
export function itlPoints(itlMs: readonly number[], limit: number): readonly ItlPoint[] {
  const size = Math.max(1, Math.ceil(itlMs.length / limit));
  const points: ItlPoint[] = [];
  for (let start = 0; start < itlMs.length; start += size) {
    const bucket = itlMs.slice(start, start + size);
    const ms = Math.max(...bucket);
    points.push({ index: start + bucket.indexOf(ms) + 1, ms });
  }
  return points;
}
