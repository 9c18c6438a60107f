import type { AbortSignalLike } from "../../protocol/index.ts";

/** Resolves after so many milliseconds, or at once when the signal aborts. */
export function waitUnlessAborted(ms: number, signal: AbortSignalLike): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
