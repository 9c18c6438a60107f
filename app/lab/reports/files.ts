/** Reports as files: read back, and written. */
import { InferscopeError } from "../../../protocol/index.ts";
import { importClaimsReport } from "../claims/import.ts";
import { claimsMarkdown, isClaimsReport } from "../claims/markdown.ts";
import { duelMarkdown } from "../duel/markdown.ts";
import { isDuel } from "../duel/report.ts";
import { importCompareReport } from "../import-report.ts";
import { markdownSafe } from "../markdown-safe.ts";
import { reportMarkdown } from "../markdown.ts";
import { kindOf, reportKinds, type SavedReport } from "./saved.ts";

const importers: Readonly<Record<SavedReport["kind"], (json: unknown) => SavedReport>> = {
  "inferscope.compare": importCompareReport,
  "inferscope.claims": importClaimsReport,
};

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
    throw new InferscopeError(
      "invalid-request",
      "This file is no report of a kind that this version knows.",
      {
        hint: `Its "kind" must be one of: ${reportKinds.join(", ")}.`,
      },
    );
  }
  return importers[kind](json);
}

export function savedMarkdown(given: SavedReport): string {
  const report = markdownSafe(given);
  if (isClaimsReport(report)) return claimsMarkdown(report);
  return isDuel(report) ? duelMarkdown(report) : reportMarkdown(report);
}

export const savedJson = (report: SavedReport): string => `${JSON.stringify(report, null, 1)}\n`;
