/** What the claims board shows. Pure. */
import type { RunnableClaim } from "../../lab/claims/claim.ts";
import type { ClaimFailure, ClaimResult } from "../../lab/claims/report.ts";
import type { Verdict } from "../../lab/statistics/verdict.ts";

export interface BoardEntry {
  readonly claim: RunnableClaim;
  readonly result: ClaimResult | null;
  readonly failure: ClaimFailure | null;
  readonly state: "idle" | "waiting" | "running";
}

export function boardEntries(
  claims: readonly RunnableClaim[],
  results: ReadonlyMap<number, ClaimResult>,
  failures: ReadonlyMap<number, ClaimFailure>,
  running: { readonly id: number | null } | null,
): readonly BoardEntry[] {
  return claims.map((claim) => ({
    claim,
    result: results.get(claim.id) ?? null,
    failure: failures.get(claim.id) ?? null,
    state: running === null ? "idle" : running.id === claim.id ? "running" : "waiting",
  }));
}

export const verdictTone: Readonly<Record<Verdict, "good" | "warn" | "bad" | "plain">> = {
  holds: "good",
  partly: "warn",
  fails: "bad",
  undecided: "plain",
  arithmetic: "plain",
};

/** "5 hold here, 3 in part, 2 do not, 1 is undecided, 2 are arithmetic, …": the board in one line. */
export function boardText(entries: readonly BoardEntry[]): string {
  const count = (verdict: Verdict): number =>
    entries.filter(({ result }) => result?.verdict === verdict).length;
  const missing = entries.filter(({ result }) => result === null).length;
  if (missing === entries.length) {
    return "Each claim names its metric and its two thresholds before anything is measured; the verdict is computed from what this device measures.";
  }
  const parts = [
    `${count("holds")} hold here`,
    `${count("partly")} in part`,
    `${count("fails")} do not`,
    ...(count("undecided") === 0 ? [] : [`${count("undecided")} undecided`]),
    ...(count("arithmetic") === 0 ? [] : [`${count("arithmetic")} arithmetic`]),
  ];
  return `Of ${entries.length} claims ${parts.join(", ")}${missing === 0 ? "" : `, ${missing} are not measured yet`}.`;
}

/** What a verdict that is no plain yes or no comes from. */
export function verdictHint({ verdict, parts }: ClaimResult): string | null {
  switch (verdict) {
    case "holds":
    case "fails":
      return null;
    case "arithmetic":
      return "Computed from prices and counts that were given: it is true of them, here and anywhere.";
    case "undecided":
      return "The interval is too wide to tell, or there is none: more repeats would narrow it.";
    case "partly": {
      const verdicts = new Set(parts.map((part) => part.verdict).filter((each) => each !== "arithmetic"));
      return verdicts.size > 1
        ? "Its figures disagree: see each below."
        : "Shown to reach the weaker threshold, and not the stronger one.";
    }
  }
}
