/** The Markdown of any report, whichever experiment made it. */
import { benchMarkdown, isBenchReport } from "./bench/markdown.ts";
import { claimsMarkdown, isClaimsReport } from "./claims/markdown.ts";
import { importCompareReport } from "./import-report.ts";
import { reportMarkdown } from "./markdown.ts";
import { isSweetSpotReport, sweetSpotMarkdown } from "./tokens/sweet-spot-markdown.ts";

export function markdownOf(report: unknown): string {
  if (isBenchReport(report)) return benchMarkdown(report);
  if (isSweetSpotReport(report)) return sweetSpotMarkdown(report);
  return isClaimsReport(report) ? claimsMarkdown(report) : reportMarkdown(importCompareReport(report));
}
