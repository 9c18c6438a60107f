/**
 * How much tests do: the figures of every CI run, those of `npm run soak` (INFERSCOPE_SOAK=1),
 * there for at most INFERSCOPE_SOAK_MINUTES a test, or the few runs of `npm run test:mutation`,
 * which repeats them for each mutant.
 */
import { inject } from "vitest";

export type RunLength =
  | { readonly kind: "ci" }
  | {
      readonly kind: "soak";
      /** Most minutes of one test; null: as long as it takes. */
      readonly minutes: number | null;
    }
  | { readonly kind: "mutation" };

declare module "vitest" {
  interface ProvidedContext {
    runLength: RunLength;
  }
}

/** What of the runtime is needed: the engine's folder knows neither Node nor the DOM. */
const { performance, console } = globalThis as unknown as {
  performance: { now(): number };
  console: { log(text: string): void };
};
const length = inject("runLength");
const isSoak = length.kind === "soak";
const minutes = isSoak ? (length.minutes ?? Infinity) : Infinity;

/** Of the runs in CI, these are made for a mutant. */
const mutationShare = 1 / 100;

/** How many times: in every CI run, in the long one, and for each mutant. */
export function scale(ci: number, soak: number, mutation = Math.ceil(ci * mutationShare)): number {
  switch (length.kind) {
    case "ci":
      return ci;
    case "soak":
      return soak;
    case "mutation":
      return mutation;
  }
}

export const soakTimeoutMs = isSoak ? 24 * 60 * 60 * 1000 : 240_000;

/** One test's share of a soak. */
export interface Soak {
  /** Whether the test's time is over; never in CI. */
  isOver(): boolean;
  /** Says in a soak how much was done: "50000 preemptions". */
  report(count: number, what: string): void;
}

export function startSoak(): Soak {
  const start = performance.now();
  return {
    isOver: () => isSoak && performance.now() - start > minutes * 60_000,
    report: (count, what) => {
      if (isSoak) console.log(`soak: ${count} ${what}`);
    },
  };
}

/** Options for `fc.assert`: so many runs, ended early, and not failed, by the time limit of a soak. */
export function propertyRuns(
  ci: number,
  soak: number,
): { numRuns: number; interruptAfterTimeLimit?: number; markInterruptAsFailure?: boolean } {
  const numRuns = scale(ci, soak);
  if (!isSoak || !Number.isFinite(minutes)) return { numRuns };
  return { numRuns, interruptAfterTimeLimit: minutes * 60_000, markInterruptAsFailure: false };
}
