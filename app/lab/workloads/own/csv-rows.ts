/** Rows of a CSV file. A broken line is listed and costs no other line. */
import Papa from "papaparse";

import { ownLimits, type LineProblem, type OwnRow, type RowTable } from "./definition.ts";
import { fileProblem, mostProblems, tooLong, tooManyProblems, tooManyRows } from "./row-problems.ts";

interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
  /** What is wrong with its quotes; null: nothing. */
  readonly problem: string | null;
}

/** Of one record, line breaks in quotes included. */
const mostRecordCharacters = 256 * 1024;

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
    if (rows.length > ownLimits.rows) throw tooManyRows();
    if (problems.length === mostProblems) {
      problems.push({ line: record.line + 1, reason: tooManyProblems });
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
 * given up at its first line, and reading goes on at the second. It is looked for in a piece of the
 * text: two hundred of them, each read to the end of 5 MiB, took minutes.
 */
function* csvRecords(text: string, delimiter: string): Generator<CsvRecord> {
  let offset = 0;
  let line = 1;
  let width: number | null = null;
  while (offset < text.length) {
    const found: CsvRecord[] = [];
    const piece = text.slice(offset, offset + mostRecordCharacters);
    const isLast = offset + piece.length === text.length;
    let start = 0;
    Papa.parse<string[]>(piece, {
      delimiter,
      newline: "\n",
      step: ({ data: cells, errors: [error], meta: { cursor } }, parser) => {
        // The piece may end in the middle of it: it begins the next one.
        const isCut = !isLast && cursor >= piece.length;
        if (isCut && start > 0) return;
        const numLines = count(piece, start, cursor);
        const tookOthers =
          isCut || error !== undefined || (numLines > 1 && cells.length !== (width ?? cells.length));
        found.push({ line, cells, problem: tookOthers ? (isCut ? tooLongRecord : openQuote) : null });
        width ??= cells.length;
        if (tookOthers) {
          const end = text.indexOf("\n", offset + start);
          start = (end === -1 ? text.length : end + 1) - offset;
          line += 1;
          parser.abort();
        } else {
          line += numLines;
          start = cursor;
        }
      },
    });
    yield* found;
    if (start === 0) return;
    offset += start;
  }
}

const tooLongRecord = `It has more than ${mostRecordCharacters.toLocaleString("en-US")} characters, or a quote is opened and never closed.`;
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
