/** The Markdown of any report, whichever experiment made it. */
import { batchMarkdown } from "./batch/markdown.ts";
import type { BatchReport } from "./batch/run-batch.ts";
import { benchMarkdown, isBenchReport } from "./bench/markdown.ts";
import { cacheMarkdown } from "./cache/markdown.ts";
import type { CacheReport } from "./cache/run-cache.ts";
import { isClaimsReport } from "./claims/markdown.ts";
import { importCompareReport } from "./import-report.ts";
import { markdownSafe } from "./markdown-safe.ts";
import { savedMarkdown } from "./reports/files.ts";
import { rateLimitMarkdown } from "./limits/markdown.ts";
import type { RateLimitReport } from "./limits/report.ts";
import { isSweetSpotReport, sweetSpotMarkdown } from "./tokens/sweet-spot-markdown.ts";

type ServingReport = CacheReport | BatchReport | RateLimitReport;

export function markdownOf(given: unknown): string {
  const report = markdownSafe(given);
  if (isBenchReport(report)) return benchMarkdown(report);
  if (isSweetSpotReport(report)) return sweetSpotMarkdown(report);
  if (isServingReport(report)) return servingMarkdown(report);
  return savedMarkdown(isClaimsReport(report) ? report : importCompareReport(report));
}

const servingKinds: readonly unknown[] = [
  "inferscope.cache",
  "inferscope.batch",
  "inferscope.rate-limit",
] satisfies readonly ServingReport["kind"][];

function isServingReport(report: unknown): report is ServingReport {
  return (
    typeof report === "object" && report !== null && "kind" in report && servingKinds.includes(report.kind)
  );
}

function servingMarkdown(report: ServingReport): string {
  switch (report.kind) {
    case "inferscope.cache":
      return cacheMarkdown(report);
    case "inferscope.batch":
      return batchMarkdown(report);
    case "inferscope.rate-limit":
      return rateLimitMarkdown(report);
  }
}
