/** The sweet spot as text, for terminals and documents. */
import { trainingText } from "./recommend.ts";
import { whereText } from "../environment.ts";
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
        level.interval === null ? "–" : `${percent(level.interval[0])} to ${percent(level.interval[1])}`,
        String(level.n),
        signed(level.difference, " points"),
        level.differenceInterval === null
          ? "–"
          : `${signed(level.differenceInterval[0], "")} to ${signed(level.differenceInterval[1], " points")}`,
        level.errorRatio === null ? "–" : `× ${level.errorRatio.toFixed(1)}`,
        level.id === report.recommended ? `${level.verdict}, recommended` : level.verdict,
      ]),
    ),
    report.reason,
    "Accuracy: share of rows whose set of addresses is exactly right; Wilson interval. Against the best: the same rows in pairs, " +
      "Bonett-Price interval (docs/statistics.md). " +
      trainingText,
  ].join("\n\n");
}
