/** The kinds of reports that are kept, compared and read back. */
import { InferscopeError } from "../../../protocol/index.ts";
import { importClaimsReport } from "../claims/import.ts";
import { claimsMarkdown, isClaimsReport } from "../claims/markdown.ts";
import type { ClaimsReport } from "../claims/report.ts";
import { importCompareReport } from "../import-report.ts";
import { reportMarkdown } from "../markdown.ts";
import type { CompareReport } from "../report.ts";

export type SavedReport = CompareReport | ClaimsReport;

const importers: Readonly<Record<SavedReport["kind"], (json: unknown) => SavedReport>> = {
  "inferscope.compare": importCompareReport,
  "inferscope.claims": importClaimsReport,
};

/** Whether a result of `inferscope.run` is a report of a kind that is kept. */
export function isSavedReport(value: unknown): value is SavedReport {
  return kindOf(value) !== null;
}

function kindOf(value: unknown): SavedReport["kind"] | null {
  if (typeof value !== "object" || value === null || !("kind" in value)) return null;
  const kinds = Object.keys(importers) as SavedReport["kind"][];
  return kinds.find((kind) => kind === value.kind) ?? null;
}

/** Larger files are refused before they are read. */
export const mostBytes = 64 * 1024 * 1024;

/** Reads an exported report. Throws `invalid-request` with what is wrong with it. */
export function parseReport(text: string): SavedReport {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InferscopeError("invalid-request", `This file is no JSON: ${(cause as Error).message}`, {
      hint: "Choose a report that was exported as JSON.",
    });
  }
  const kind = kindOf(json);
  if (kind === null) {
    throw new InferscopeError("invalid-request", "This file is no report of a kind that this version knows.", {
      hint: `Its "kind" must be one of: ${Object.keys(importers).join(", ")}.`,
    });
  }
  return importers[kind](json);
}

export const savedMarkdown = (report: SavedReport): string =>
  isClaimsReport(report) ? claimsMarkdown(report) : reportMarkdown(report);

export const savedJson = (report: SavedReport): string => `${JSON.stringify(report, null, 1)}\n`;
