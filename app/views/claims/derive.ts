/** What the claims board shows. Pure. */
import type { RunnableClaim } from "../../lab/claims/claim.ts";
import type { ClaimFailure, ClaimResult } from "../../lab/claims/report.ts";
import type { Verdict } from "../../lab/claims/verdict.ts";

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

export const verdictTone: Readonly<Record<Verdict, "good" | "warn" | "bad">> = {
  holds: "good",
  partly: "warn",
  fails: "bad",
};

/** "5 hold, 3 in part, 2 do not, 4 not measured yet": the board in one line. */
export function boardText(entries: readonly BoardEntry[]): string {
  const count = (verdict: Verdict): number =>
    entries.filter(({ result }) => result?.verdict === verdict).length;
  const missing = entries.filter(({ result }) => result === null).length;
  if (missing === entries.length) {
    return "Each claim names its metric and its two thresholds before anything is measured; the verdict is computed from what this device measures.";
  }
  const parts = [`${count("holds")} hold here`, `${count("partly")} in part`, `${count("fails")} do not`];
  return `Of ${entries.length} claims ${parts.join(", ")}${missing === 0 ? "" : `, ${missing} are not measured yet`}.`;
}

/** Why the verdict is "in part", where the interval is to blame rather than the figure. */
export function verdictHint({ verdict, parts }: ClaimResult): string | null {
  if (verdict !== "partly") return null;
  const verdicts = new Set(parts.map((part) => part.verdict));
  if (verdicts.size > 1) return "Its figures disagree: see each below.";
  return "Between the thresholds, or the interval is too wide to tell: more repeats would narrow it.";
}
