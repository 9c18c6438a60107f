/** A report as CSV, one row a sample. Safe to open in a spreadsheet: no text becomes a formula. */
import { figureText } from "../claims/report.ts";
import { isInterrupted, sampleValue, type CompareReport, type MetricId } from "../report.ts";
import type { ClaimsReport } from "../claims/report.ts";
import type { SavedReport } from "./saved.ts";

export type Cell = string | number | boolean | null;

/** RFC 4180, CRLF. A text that starts like a formula gets an apostrophe in front. */
export function toCsv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cellText).join(",")}\r\n`).join("");
}

function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell !== "string") return String(cell);
  const safe = /^\s*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const savedCsv = (report: SavedReport): string =>
  report.kind === "inferscope.claims" ? claimsCsv(report) : compareCsv(report);

const metrics: readonly MetricId[] = [
  "calls",
  "promptTokens",
  "cachedTokens",
  "outputTokens",
  "ttftMs",
  "prefillMs",
  "decodeMs",
  "e2eMs",
  "costUsd",
];

function compareCsv({ samples, priceSheet }: CompareReport): string {
  const head = [
    "order",
    "plan",
    "row",
    "label",
    "repeat",
    ...metrics,
    "parsed",
    "correct",
    "interrupted",
    "error",
    "answers",
  ];
  const body = samples.map((sample): readonly Cell[] => [
    sample.order,
    sample.planId,
    sample.row,
    sample.rowLabel,
    sample.repeat,
    ...metrics.map((metric) => (sample.calls.length === 0 ? null : sampleValue(sample, metric, priceSheet))),
    sample.evaluation?.parsed ?? null,
    sample.evaluation?.correct ?? null,
    isInterrupted(sample),
    sample.error?.message ?? null,
    sample.calls.map(({ text }) => text.trim()).join("\n"),
  ]);
  return toCsv([head, ...body]);
}

function claimsCsv({ claims }: ClaimsReport): string {
  const head = [
    "claim",
    "title",
    "metric",
    "basis",
    "value",
    "low",
    "high",
    "n",
    "shown",
    "thresholds",
    "verdict",
    "formula",
  ];
  const body = claims.flatMap(({ id, title, parts }) =>
    parts.map((part): readonly Cell[] => [
      id,
      title,
      part.metric.label,
      part.metric.basis,
      part.value,
      part.interval?.[0] ?? null,
      part.interval?.[1] ?? null,
      part.n,
      figureText(part),
      part.thresholds,
      part.verdict,
      part.metric.formula,
    ]),
  );
  return toCsv([head, ...body]);
}
