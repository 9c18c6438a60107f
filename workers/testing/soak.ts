/**
 * How much tests do: the figures of every CI run, or those of `npm run soak`
 * (INFERSCOPE_SOAK=1), there for at most INFERSCOPE_SOAK_MINUTES a test.
 */
import { inject } from "vitest";

export interface SoakSettings {
  /** Most minutes of one test; null: as long as it takes. */
  readonly minutes: number | null;
}

declare module "vitest" {
  interface ProvidedContext {
    soak: SoakSettings | null;
  }
}

/** What of the runtime is needed: the engine's folder knows neither Node nor the DOM. */
const { performance, console } = globalThis as unknown as {
  performance: { now(): number };
  console: { log(text: string): void };
};
const settings = inject("soak");
const isSoak = settings !== null;
const minutes = settings?.minutes ?? Infinity;

/** How many times: in every CI run, and in the long one. */
export const scale = (ci: number, soak: number): number => (isSoak ? soak : ci);
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
