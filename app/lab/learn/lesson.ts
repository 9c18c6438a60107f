/** A lesson: a question to guess at, a run on the loaded engine, and words computed from what came out. */
import type { AbortSignalLike } from "../../../protocol/index.ts";
import type { LabContext } from "../context.ts";

export interface Lesson {
  /** In the address. */
  readonly id: string;
  readonly title: string;
  readonly question: string;
  /** What there is to know before the guess. */
  readonly setting: string;
  /** A text that the question is about. */
  readonly exhibit?: string;
  readonly guess: GuessField;
  /** What the run does. */
  readonly method: string;
  /** The view that goes further. */
  readonly more: { readonly path: string; readonly name: string };
  /** Rejects with `aborted` when it is cancelled. */
  readonly run: (context: LessonContext) => Promise<LessonResult>;
}

export interface GuessField {
  readonly label: string;
  readonly unit: GuessUnit;
  readonly min: number;
  readonly max: number;
  /** To pick from. */
  readonly picks: readonly number[];
}

export type GuessUnit = "%" | "×" | "tokens" | "texts";

export interface LessonContext {
  readonly lab: LabContext;
  readonly signal: AbortSignalLike;
  readonly onProgress: (done: number, total: number) => void;
}

export interface LessonBar {
  readonly label: string;
  readonly value: number;
}

export interface LessonResult {
  /** In the guess's unit. */
  readonly measured: number;
  /** What was counted: "n = 4 answers". */
  readonly n: string;
  readonly chart: { readonly title: string; readonly unit: string; readonly bars: readonly LessonBar[] };
  readonly figures: readonly { readonly label: string; readonly value: string; readonly formula: string }[];
  /** Short paragraphs. */
  readonly explanation: readonly string[];
}

/** Values to be drawn side by side, each with what it is of. */
export const chart = (
  title: string,
  unit: string,
  values: readonly (readonly [label: string, value: number])[],
): LessonResult["chart"] => ({ title, unit, bars: values.map(([label, value]) => ({ label, value })) });

export const figure = (label: string, value: string, formula: string): LessonResult["figures"][number] => ({
  label,
  value,
  formula,
});

/** "34%", "2.4 times", "61 tokens". */
export function guessText(value: number, unit: GuessUnit): string {
  switch (unit) {
    case "%":
      return `${Math.round(value)}%`;
    case "×":
      return `${Number(value.toPrecision(3))} times`;
    case "tokens":
    case "texts":
      return `${Math.round(value).toLocaleString("en-US")} ${unit}`;
  }
}

/** How far the guess was from what was measured: in points where both are shares, else in times. */
export function guessVerdict(guess: number, measured: number, unit: GuessUnit): string {
  if (unit === "%" || unit === "texts") {
    const apart = Math.round(Math.abs(guess - measured));
    if (apart <= (unit === "%" ? 5 : 0)) return "Your guess was right, or nearly.";
    const by = unit === "%" ? `${apart} points` : `${apart} ${apart === 1 ? "text" : "texts"}`;
    return `Your guess was ${by} too ${guess > measured ? "high" : "low"}.`;
  }
  const ratio = Math.max(guess, measured) / Math.min(guess, measured);
  if (ratio <= 1.1) return "Your guess was within a tenth.";
  if (!Number.isFinite(ratio) || ratio < 0) return `Your guess was too ${guess > measured ? "high" : "low"}.`;
  return `Your guess was ${Number(ratio.toPrecision(2))} times too ${guess > measured ? "high" : "low"}.`;
}

/** "12.3 ms", "1.52 s". */
export const msText = (ms: number): string =>
  ms >= 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Number(ms.toPrecision(3))} ms`;

export const percentText = (share: number): string => `${Math.round(100 * share)}%`;
