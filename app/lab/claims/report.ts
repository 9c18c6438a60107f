/** What a run of the claims board leaves behind. Verdicts are computed when they are read. */
import type { EnginePolicy, SerializedError } from "../../../protocol/index.ts";
import type { PriceSheet } from "../pricing/pricing.ts";
import type { Environment } from "../environment.ts";
import { withoutText, type Estimate, type Interval, type Without } from "../statistics/estimate.ts";
import { combinedVerdict, type Verdict } from "../statistics/verdict.ts";
import type { ClaimInfo, Measurement, Metric } from "./claim.ts";
import { formatFigure, metricVerdict, thresholdText, valueText } from "./verdict.ts";

export const claimsReportVersion = 2;

export type ClaimPart = Estimate & {
  readonly metric: Metric;
  readonly verdict: Verdict;
  /** What the thresholds ask for, in words. */
  readonly thresholds: string;
};

export interface ClaimResult {
  readonly id: number;
  readonly title: string;
  readonly claim: string;
  readonly method: string;
  /** `arithmetic`: no metric of it is measured. */
  readonly basis: "measured" | "arithmetic";
  /** The first metric's value, in `unit`. */
  readonly measured: number;
  readonly unit: string;
  readonly formula: string;
  readonly n: number;
  /** 95%; null where `without` says why there is none. */
  readonly interval: Interval | null;
  readonly without: Without | null;
  readonly verdict: Verdict;
  readonly clock: string;
  readonly parts: readonly ClaimPart[];
  readonly notes: readonly string[];
  /** Seconds that it took. */
  readonly seconds: number;
  readonly samples: unknown;
}

/** A claim that could not be measured, and why. */
export interface ClaimFailure {
  readonly id: number;
  readonly title: string;
  readonly claim: string;
  readonly error: SerializedError;
}

export interface ClaimsReport {
  readonly kind: "inferscope.claims";
  readonly version: typeof claimsReportVersion;
  readonly environment: Environment;
  readonly settings: {
    readonly ids: readonly number[];
    readonly repeats: number;
    readonly policy: EnginePolicy;
  };
  readonly priceSheet: PriceSheet;
  readonly aborted: boolean;
  readonly claims: readonly ClaimResult[];
  readonly failed: readonly ClaimFailure[];
}

export function claimResult(
  { metrics, timed, ...info }: ClaimInfo,
  { figures, notes, samples }: Measurement,
  { seconds, clockResolutionMs }: { readonly seconds: number; readonly clockResolutionMs: number | null },
): ClaimResult {
  const parts = metrics.flatMap((metric, index): ClaimPart[] => {
    const found = figures[index];
    if (found === undefined) throw new Error(`claim ${info.id} has no figure for "${metric.id}"`);
    if (found === null) return [];
    return [{ metric, ...found, verdict: metricVerdict(metric, found), thresholds: thresholdText(metric) }];
  });
  const [first] = parts;
  if (first === undefined) throw new Error(`claim ${info.id} has no metric`);
  const basis = metrics.every((metric) => metric.basis === "arithmetic") ? "arithmetic" : "measured";
  const { id, title, claim, method } = info;
  return {
    id,
    title,
    claim,
    method,
    basis,
    measured: first.value,
    unit: first.metric.unit,
    formula: first.metric.formula,
    n: first.n,
    interval: first.interval,
    without: first.without,
    verdict: combinedVerdict(parts.map(({ verdict }) => verdict)),
    clock: clockText(basis, timed, clockResolutionMs),
    parts,
    notes,
    seconds,
    samples,
  };
}

function clockText(basis: ClaimResult["basis"], timed: boolean, resolutionMs: number | null): string {
  if (basis === "arithmetic") return "none: arithmetic";
  if (!timed) return "none: counts, no times";
  return `performance.now() of the worker, ${resolutionMs === null ? "unknown resolution" : `${String(resolutionMs)} ms`}`;
}

/** "48% [44%, 52%]", "48% (3 repeats, an interval needs 6)"; what was counted stands alone. */
export function figureText(part: ClaimPart): string {
  const value = valueText(part);
  const detail = intervalText(part);
  return detail === null ? value : `${value} ${detail}`;
}

/** What stands behind a figure; null for arithmetic and counts. */
export function intervalText(part: ClaimPart): string | null {
  if (part.interval !== null) {
    const [low, high] = part.interval.map((value) => formatFigure(part.metric, value));
    return `[${low ?? ""}, ${high ?? ""}]`;
  }
  return part.without.reason === "counted" ? null : `(${withoutText(part, ["unit", "units"])})`;
}
