/**
 * The smallest step of a clock, in milliseconds: the least difference seen between two
 * consecutive readings. 0.005 on an isolated page, 0.1 otherwise; null if it never moved.
 */
export function measureClockResolution(read: () => number, changes = 40, maxReads = 500_000): number | null {
  let least: number | null = null;
  let seen = 0;
  let last = read();
  for (let reads = 0; reads < maxReads && seen < changes; reads++) {
    const at = read();
    if (at === last) continue;
    const step = at - last;
    if (least === null || step < least) least = step;
    last = at;
    seen += 1;
  }
  // Readings are sums of floats: 5 µs reads as 0.00500000035.
  return least === null ? null : Math.round(least * 1e5) / 1e5;
}
