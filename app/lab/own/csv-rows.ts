/** Rows of a CSV file. A broken line is listed and costs no other line. */
import Papa from "papaparse";

import { ownLimits, type LineProblem, type OwnRow, type RowTable } from "./definition.ts";
import { fileProblem, tooLong } from "./row-problems.ts";

interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
  /** What is wrong with its quotes; null: nothing. */
  readonly problem: string | null;
}

/** So many broken lines are no CSV file. */
const mostProblems = 200;

/**
 * The first line names the columns. Separators may be commas, semicolons, tabs or bars, line ends of
 * any kind; quoted values may hold line breaks. Throws where the head cannot be read.
 */
export function csvRows(text: string, source: string): RowTable {
  const normal = text.replaceAll(/\r\n?/g, "\n");
  const rows: OwnRow[] = [];
  const problems: LineProblem[] = [];
  let columns: readonly string[] | null = null;
  for (const record of csvRecords(normal, guessDelimiter(normal))) {
    if (record.problem === null && record.cells.join("").trim() === "") continue;
    if (columns === null) {
      columns = header(record);
      continue;
    }
    const problem = record.problem ?? cellProblem(record.cells, columns);
    if (problem !== null) problems.push({ line: record.line, reason: problem });
    else {
      const values = Object.fromEntries(columns.map((column, index) => [column, record.cells[index] ?? ""]));
      rows.push({ line: record.line, values });
    }
    if (rows.length > ownLimits.rows) throw fileProblem(`It has more than ${ownLimits.rows} rows.`);
    if (problems.length === mostProblems) {
      problems.push({ line: record.line + 1, reason: "So many lines are broken that no more were read." });
      break;
    }
  }
  if (columns === null) throw fileProblem("It is empty.");
  return { source, columns, rows, problems };
}

function guessDelimiter(text: string): string {
  const { meta } = Papa.parse(text.slice(0, 50_000), {
    preview: 20,
    skipEmptyLines: true,
    delimitersToGuess: [",", ";", "\t", "|"],
  });
  return meta.delimiter;
}

/**
 * A quote that is never closed would take all lines up to the next one along. Such a record is
 * given up at its first line, and reading goes on at the second.
 */
function* csvRecords(text: string, delimiter: string): Generator<CsvRecord> {
  let offset = 0;
  let line = 1;
  let width: number | null = null;
  while (offset < text.length) {
    const found: CsvRecord[] = [];
    const rest = text.slice(offset);
    let start = 0;
    offset = text.length;
    Papa.parse<string[]>(rest, {
      delimiter,
      newline: "\n",
      step: ({ data: cells, errors: [error], meta: { cursor } }, parser) => {
        const numLines = count(rest, start, cursor);
        const tookOthers = error !== undefined || (numLines > 1 && cells.length !== (width ?? cells.length));
        found.push({ line, cells, problem: tookOthers ? openQuote : null });
        width ??= cells.length;
        if (tookOthers) {
          const end = rest.indexOf("\n", start);
          if (end !== -1) offset = text.length - rest.length + end + 1;
          line += 1;
          parser.abort();
        } else {
          line += numLines;
          start = cursor;
        }
      },
    });
    yield* found;
  }
}

const openQuote = "A quote is opened and never closed, or text follows a closing quote.";

function count(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n", from); at !== -1 && at < to; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}

function header({ cells, problem }: CsvRecord): readonly string[] {
  if (problem !== null) throw fileProblem(`Line 1, which names the columns: ${problem}`);
  const columns = cells.map((cell, index) => cell.trim() || `column ${index + 1}`);
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) throw fileProblem(`Two columns are called “${twice}”.`);
  if (columns.length > ownLimits.columns) throw fileProblem(`It has more than ${ownLimits.columns} columns.`);
  if (columns.includes("__proto__")) throw fileProblem("A column cannot be called __proto__.");
  return columns;
}

function cellProblem(cells: readonly string[], columns: readonly string[]): string | null {
  if (cells.length !== columns.length) {
    const given = `${cells.length} ${cells.length === 1 ? "value" : "values"}`;
    return `It has ${given} where the head names ${columns.length} columns.`;
  }
  const long = columns.find((_, index) => tooLong(cells[index] ?? ""));
  return long === undefined ? null : `“${long}” has more than ${ownLimits.cellCharacters} characters.`;
}
