/** The only place where it is decided whether a change is better or worse, in colour and in words. */
import { decided, type Estimate } from "./estimate.ts";

export type Direction = "lower" | "higher" | "neither";
export type Change = "better" | "worse" | "neither";

/**
 * Of a difference (or of a ratio, then `none` is 1). Neither where so few were measured that there
 * is no interval, where it holds no change, and where the metric has no better end.
 */
export function betterOrWorse(change: Estimate | null, direction: Direction, none = 0): Change {
  const possible = change === null ? null : decided(change);
  if (possible === null || direction === "neither") return "neither";
  const [low, high] = possible;
  if (high < none) return direction === "lower" ? "better" : "worse";
  if (low > none) return direction === "higher" ? "better" : "worse";
  return "neither";
}
