/** A person's rows, from a file or the clipboard. */
import { csvRows } from "./csv-rows.ts";
import { ownLimits, type LineProblem, type OwnRow, type RowTable } from "./definition.ts";
import { jsonRows } from "./json-rows.ts";
import { fileProblem } from "./row-problems.ts";

/** JSON where the text begins like it, else CSV. Throws `invalid-request` where no row can be read at all. */
export function parseRows(text: string, source: string): RowTable {
  if (text.length > ownLimits.fileBytes) throw tooLarge(text.length);
  const content = text.replace(/^\uFEFF/, "");
  const first = content.trimStart().charAt(0);
  const table = first === "[" || first === "{" ? jsonRows(content, source) : csvRows(content, source);
  if (table.rows.length > 0) return table;
  const [problem] = table.problems;
  throw fileProblem(
    problem === undefined
      ? "It has a head and no rows."
      : `No line is a row. Line ${problem.line}: ${problem.reason}`,
  );
}

/** A file, or a text that was pasted. */
export interface RowText {
  readonly name: string;
  readonly size: number;
  readonly text: () => Promise<string>;
}

/** parse: `parseRows`, wherever it shall run. */
export async function readRows(
  { name, size, text }: RowText,
  parse: (text: string, source: string) => Promise<RowTable>,
): Promise<RowTable> {
  if (size > ownLimits.fileBytes) throw tooLarge(size);
  return parse(await text(), name.slice(0, 200));
}

const tooLarge = (bytes: number) =>
  fileProblem(
    `It has ${(bytes / 1024 / 1024).toFixed(1)} MiB; up to ${ownLimits.fileBytes / 1024 / 1024} MiB are read.`,
  );

const labelNames = /^(expected|answer|label|output|target|category|class|solution|completion)/i;

/** The column that likely holds the expected answer: by its name, else the last of several. */
export function guessExpected({ columns }: RowTable): readonly string[] {
  const guess =
    columns.find((column) => labelNames.test(column)) ?? (columns.length > 1 ? columns.at(-1) : undefined);
  return guess === undefined ? [] : [guess];
}

export interface UsableRows {
  readonly rows: readonly OwnRow[];
  /** Rows that lack a value that a prompt or a check wants. */
  readonly problems: readonly LineProblem[];
}

/** `prompted` columns must be there, `expected` ones must also hold something. */
export function usableRows(
  { rows }: RowTable,
  prompted: readonly string[],
  expected: readonly string[],
): UsableRows {
  const problems: LineProblem[] = [];
  const usable = rows.filter(({ line, values }) => {
    const missing = [...expected, ...prompted].find((column) => !Object.hasOwn(values, column));
    const empty = expected.find((column) => values[column]?.trim() === "");
    if (missing !== undefined) problems.push({ line, reason: `It has no “${missing}”.` });
    else if (empty !== undefined)
      problems.push({ line, reason: `Its expected answer, “${empty}”, is empty.` });
    return missing === undefined && empty === undefined;
  });
  return { rows: usable, problems };
}
