/** What a report says, as tables of figures: views, Markdown, CSV and comparisons are made of them. */
import { formatDifference, formatMetric, unknown } from "./format.ts";
import { metricOf, metricTitle, type MetricId } from "./metrics.ts";

export interface Figures {
  /** Tells two reports apart: "User analysis: Naive chain, Structured". */
  readonly title: string;
  /** What was set, in words, shortest first: "16 requests, all at once". */
  readonly settings: readonly string[];
  /** What came out, in sentences. */
  readonly findings: readonly string[];
  /** The findings are Markdown of the experiment's own making, with every foreign text made safe in it. */
  readonly areFindingsMarkdown?: true;
  readonly tables: readonly FigureTable[];
  /** How to read the tables, in sentences. */
  readonly notes: readonly string[];
}

export interface FigureTable {
  /** The same in two reports of the experiment. */
  readonly id: string;
  readonly title: string;
  /** Of the column of row titles. */
  readonly head: string;
  readonly columns: readonly FigureColumn[];
  readonly rows: readonly FigureRow[];
  /** Follows from other tables: shown, and compared with no other report. */
  readonly isDerived?: true;
  /** Raw samples: in CSV files, not in Markdown, and compared with no other report. */
  readonly isRaw?: true;
}

export interface FigureColumn {
  /** Unique in the table, and the same in two reports. */
  readonly id: string;
  /** Null: texts, numbers without a unit. */
  readonly metric: MetricId | null;
  /** The metric's unless told. */
  readonly title?: string;
  /** The metric's unless told. */
  readonly formula?: string;
  /** A difference of two values: signed. */
  readonly isDifference?: true;
}

export interface FigureRow {
  /** Unique in the table, and the same in two reports that measured the same thing. */
  readonly id: string;
  readonly title: string;
  /** One a column. */
  readonly cells: readonly Cell[];
}

export type Cell = string | number | boolean | null | Figure;

/** A value with what is known of it. */
export interface Figure {
  readonly value: number | null;
  /** Of what its interval and its n speak: rows, requests, pairs. */
  readonly n?: number;
  readonly interval?: readonly [low: number, high: number] | null;
  /** What the value sums up, one a unit that is resampled. */
  readonly values?: readonly number[];
}

export const isFigure = (cell: Cell): cell is Figure => typeof cell === "object" && cell !== null;

export const valueOf = (cell: Cell): string | number | boolean | null => (isFigure(cell) ? cell.value : cell);

export const columnTitle = ({ metric, title, id }: FigureColumn): string =>
  title ?? (metric === null ? id : metricTitle(metric));

export const columnFormula = ({ metric, formula }: FigureColumn): string | null =>
  formula ?? (metric === null ? null : metricOf(metric).formula);

/** A cell as it is read: with its unit, its interval behind it. */
export function cellText(column: FigureColumn, cell: Cell): string {
  const value = valueOf(cell);
  if (value === null) return unknown;
  if (typeof value !== "number") return String(value);
  const show = (amount: number): string => {
    if (column.metric === null) return String(amount);
    return column.isDifference === true
      ? formatDifference(column.metric, amount)
      : formatMetric(column.metric, amount);
  };
  const interval = isFigure(cell) ? (cell.interval ?? null) : null;
  return interval === null ? show(value) : `${show(value)} [${show(interval[0])}, ${show(interval[1])}]`;
}
