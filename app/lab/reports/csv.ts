/** A report as CSV. Safe to open in a spreadsheet: no text becomes a formula. */
import { columnTitle, isFigure, valueOf, type Figures, type FigureTable } from "../figures.ts";
import { metricOf } from "../metrics.ts";

type Value = string | number | boolean | null;

/** RFC 4180, CRLF. A text that starts like a formula gets an apostrophe in front. */
export function toCsv(rows: readonly (readonly Value[])[]): string {
  return rows.map((row) => `${row.map(cellText).join(",")}\r\n`).join("");
}

function cellText(cell: Value): string {
  if (cell === null) return "";
  if (typeof cell !== "string") return String(cell);
  const safe = /^\s*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One row a sample where the report keeps samples, else one row a figure. */
export function figuresCsv({ tables }: Figures): string {
  const raw = tables.find(({ isRaw }) => isRaw === true);
  return toCsv(raw === undefined ? longForm(tables) : [rawHead(raw), ...rawRows(raw)]);
}

const rawHead = ({ head, columns }: FigureTable): readonly Value[] => [head, ...columns.map(({ id }) => id)];

const rawRows = ({ rows }: FigureTable): readonly (readonly Value[])[] =>
  rows.map(({ title, cells }) => [title, ...cells.map(valueOf)]);

function longForm(tables: readonly FigureTable[]): readonly (readonly Value[])[] {
  return [
    ["table", "row", "figure", "value", "unit", "low", "high", "n", "formula"],
    ...tables.flatMap((table) =>
      table.rows.flatMap((row) =>
        table.columns.map((column, index): readonly Value[] => {
          const cell = row.cells[index] ?? null;
          const { interval = null, n = null } = isFigure(cell) ? cell : {};
          const metric = column.metric === null ? null : metricOf(column.metric);
          return [
            table.title,
            row.title,
            columnTitle(column),
            valueOf(cell),
            metric?.unit ?? null,
            interval?.[0] ?? null,
            interval?.[1] ?? null,
            n,
            column.formula ?? metric?.formula ?? null,
          ];
        }),
      ),
    ),
  ];
}
