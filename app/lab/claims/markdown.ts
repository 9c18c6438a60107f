/** The claims board as text: one row a claim, then every figure. */
import { markdownSafe } from "../markdown-safe.ts";
import { markdownTable } from "../markdown-table.ts";
import { figureText, type ClaimsReport } from "./report.ts";
import { verdictWords } from "./verdict.ts";

export function isClaimsReport(report: unknown): report is ClaimsReport {
  return (
    typeof report === "object" && report !== null && "kind" in report && report.kind === "inferscope.claims"
  );
}

export function claimsMarkdown(given: ClaimsReport): string {
  const { environment, settings, priceSheet, claims, failed, aborted } = markdownSafe(given);
  const { batching, prefixCache } = settings.policy;
  const software = environment.isSoftwareAdapter === true ? " (software adapter, a CPU)" : "";
  return [
    "# The guide's claims, measured here",
    `Model ${environment.modelId ?? "unknown"}, runner ${environment.runner ?? "unknown"}, adapter ${environment.adapter ?? "none"}${software}, ` +
      `clock ${String(environment.clockResolution ?? "unknown")} ms, batching ${batching}, prefix cache ${prefixCache ? "on" : "off"}, ` +
      `${settings.repeats} repeats${aborted ? ", cancelled before the end" : ""}.`,
    markdownTable(
      ["#", "Claim", "Verdict", "Measured", "n", "Formula"],
      claims.map((claim) => [
        String(claim.id),
        claim.title,
        verdictWords[claim.verdict],
        claim.parts[0] === undefined ? "–" : figureText(claim.parts[0]),
        claim.basis === "arithmetic" ? "arithmetic" : String(claim.n),
        claim.formula,
      ]),
    ),
    ...failed.map(({ id, title, error }) => `Claim ${id} (${title}) could not be measured: ${error.message}`),
    "## Every figure",
    markdownTable(
      ["#", "Metric", "Measured", "Thresholds", "Verdict", "n"],
      claims.flatMap(({ id, parts }) =>
        parts.map((part) => [
          String(id),
          `${part.metric.label}${part.metric.basis === "arithmetic" ? " (arithmetic)" : ""}`,
          figureText(part),
          part.thresholds,
          verdictWords[part.verdict],
          String(part.n),
        ]),
      ),
    ),
    claims.flatMap(({ id, notes }) => notes.map((note) => `${id}. ${note}`)).join("\n\n"),
    `Intervals: 95%, over repeats, rows or texts, from six on (docs/statistics.md). Prices: ${priceSheet.name} (${priceSheet.asOf}).`,
  ].join("\n\n");
}
