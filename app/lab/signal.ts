import type { AbortSignalLike } from "../../protocol/index.ts";

/** Options of experiments come unchecked, from DevTools too. */
export function isSignal(value: unknown): value is AbortSignalLike {
  return typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value;
}
