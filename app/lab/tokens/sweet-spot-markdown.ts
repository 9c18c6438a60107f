/** The sweet spot as text, for terminals and documents. */
import { whereText } from "../environment-text.ts";
import { markdownTable } from "../markdown-table.ts";
import type { SweetSpotReport } from "./sweet-spot.ts";

const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;
const signed = (share: number, unit: string): string =>
  `${share > 0 ? "+" : share < 0 ? "−" : "±"}${Math.abs(share * 100).toFixed(1)}${unit}`;

export function isSweetSpotReport(report: unknown): report is SweetSpotReport {
  return (
    typeof report === "object" &&
    report !== null &&
    "kind" in report &&
    report.kind === "inferscope.sweet-spot"
  );
}

export function sweetSpotMarkdown(report: SweetSpotReport): string {
  const { environment, settings, levels } = report;
  return [
    `# ${report.workload.title}: accuracy against prompt tokens`,
    [
      `Model ${environment.modelId ?? "unknown"}`,
      ...whereText(environment),
      `${settings.rows} held-out rows, seed ${settings.seed}, greedy`,
      ...(report.aborted ? ["cancelled before the end"] : []),
    ].join(", "),
    markdownTable(
      [
        "Level",
        "Prompt tokens",
        "Tokens",
        "Accuracy",
        "95% interval",
        "n",
        "Against the best",
        "95% interval",
        "Errors",
        "Verdict",
      ],
      levels.map((level) => [
        level.title,
        level.tokens.toFixed(1),
        signed(level.tokenChange, "%"),
        percent(level.accuracy),
        `${percent(level.interval.low)} to ${percent(level.interval.high)}`,
        String(level.n),
        signed(level.difference, " points"),
        `${signed(level.differenceInterval.low, "")} to ${signed(level.differenceInterval.high, " points")}`,
        level.errorRatio === null ? "–" : `× ${level.errorRatio.toFixed(1)}`,
        level.id === report.recommended ? `${level.verdict}, recommended` : level.verdict,
      ]),
    ),
    report.reason,
    "Accuracy: share of rows whose set of addresses is exactly right; Wilson interval. Against the best: the same rows in pairs, " +
      "Bonett-Price interval. The embedded model’s training made the most compressed forms rare.",
  ].join("\n\n");
}
