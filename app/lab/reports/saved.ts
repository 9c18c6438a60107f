/** The kinds of reports that are kept, compared and read back. */
import type { ClaimsReport } from "../claims/report.ts";
import type { CompareReport } from "../report.ts";

export type SavedReport = CompareReport | ClaimsReport;

export const reportKinds: readonly SavedReport["kind"][] = ["inferscope.compare", "inferscope.claims"];

/** Whether a result of `inferscope.run` is a report of a kind that is kept. */
export function isSavedReport(value: unknown): value is SavedReport {
  return kindOf(value) !== null;
}

/** For what the lab made itself: a file is read by `files.ts`, field by field. */
export const isCompareReport = (value: unknown): value is CompareReport =>
  isSavedReport(value) && value.kind === "inferscope.compare";

export function kindOf(value: unknown): SavedReport["kind"] | null {
  if (typeof value !== "object" || value === null || !("kind" in value)) return null;
  return reportKinds.find((kind) => kind === value.kind) ?? null;
}

/** Larger files are refused before they are read. */
export const mostBytes = 64 * 1024 * 1024;
