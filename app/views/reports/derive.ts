/** What the Reports view shows. Pure. */
import { deltaText, type FigureDelta } from "../../lab/reports/deltas.ts";
import type { SharedSettings } from "../../lab/experiments/compare/share.ts";
import type { ReportSummary } from "../../store/report-storage.ts";

export interface SpeedCostPoint {
  readonly reportId: string;
  readonly label: string;
  readonly seconds: number;
  /** US dollars per 1,000 rows. */
  readonly costPerThousand: number;
  readonly accuracy: number | null;
}

/** One point a plan of each report. */
export const speedCostPoints = (list: readonly ReportSummary[]): readonly SpeedCostPoint[] =>
  list.flatMap(({ id, plans, date }) =>
    plans.map(({ title, e2eMs, costUsd, accuracy }) => ({
      reportId: id,
      label: `${title}, ${dateText(date)}`,
      seconds: e2eMs / 1000,
      costPerThousand: 1000 * costUsd,
      accuracy,
    })),
  );

/** "2026-11-24 08:15:07", in the reader's own time; as it is where it is no date. */
export function dateText(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function intervalText(delta: FigureDelta): string {
  if (delta.interval === null) return "–";
  const [low, high] = delta.interval;
  return `[${deltaText(delta, low)}, ${deltaText(delta, high)}]`;
}

/** "compare-2026-11-24-08-15-07.json": what a file of a report is called. */
export const fileName = ({ kind, date }: ReportSummary, extension: string): string =>
  `${kind.replace("inferscope.", "")}-${dateText(date).replaceAll(/[ :]/g, "-")}.${extension}`;

export function sharedText({ plans, rows, repeats, seed, cache, workload }: SharedSettings): string {
  return `${workload}: ${plans.join(", ")}; ${rows} ${rows === 1 ? "row" : "rows"} × ${repeats}, seed ${seed}, prefix cache ${cache} at each row.`;
}
