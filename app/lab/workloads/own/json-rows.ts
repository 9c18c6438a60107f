/** Rows of a JSON list of objects, or of one object a line. What is broken is listed with its line. */
import { ownLimits, type LineProblem, type OwnRow, type RowTable } from "./definition.ts";
import { fileProblem, mostProblems, tooLong, tooManyProblems, tooManyRows } from "./row-problems.ts";

/** A piece of the file that should be an object. */
interface Piece {
  readonly line: number;
  readonly text: string;
}

/** Columns are the keys of all objects, in the order of their first appearance. */
export function jsonRows(text: string, source: string): RowTable {
  const normal = text.replaceAll(/\r\n?/g, "\n");
  const pieces = normal.trimStart().startsWith("[") ? elements(normal) : lines(normal);
  const rows: OwnRow[] = [];
  const problems: LineProblem[] = [];
  for (const { line, text: piece } of pieces) {
    try {
      rows.push({ line, values: valuesOf(piece) });
    } catch (cause) {
      problems.push({ line, reason: (cause as Error).message });
    }
    if (rows.length > ownLimits.rows) throw tooManyRows();
    if (problems.length === mostProblems) {
      problems.push({ line: line + 1, reason: tooManyProblems });
      break;
    }
  }
  const columns = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
  if (columns.length > ownLimits.columns) {
    throw fileProblem(`Its objects have more than ${ownLimits.columns} different keys.`);
  }
  if (rows.length + problems.length === 0) throw fileProblem("It holds no object.");
  return { source, columns, rows, problems };
}

function valuesOf(text: string): Readonly<Record<string, string>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`It is no JSON: ${(cause as Error).message}`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`It is ${Array.isArray(value) ? "a list" : text.slice(0, 40)}, not an object.`);
  }
  const cells = Object.entries(value)
    .filter(([, cell]) => cell !== null)
    .map(([key, cell]): [string, string] => [
      key.trim(),
      typeof cell === "string" ? cell : JSON.stringify(cell),
    ]);
  for (const [key, cell] of cells) {
    if (key === "" || key === "__proto__") throw new Error(`A column cannot be called “${key}”.`);
    if (tooLong(cell)) throw new Error(`“${key}” has more than ${ownLimits.cellCharacters} characters.`);
  }
  return Object.fromEntries(cells);
}

function* lines(text: string): Generator<Piece> {
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() !== "") yield { line: index + 1, text: line.trim() };
  }
}

/** Strings, brackets, commas, line ends. The group holds a string's closing quote, which may be missing. */
const tokens = /"(?:[^"\\\n]|\\.)*("?)|[[\]{},\n]/g;

/** The elements of a list; commas in strings and in nested values part nothing. */
function* elements(text: string): Generator<Piece> {
  let line = 1;
  let depth = 0;
  let start = { at: 0, line: 1 };
  /** The element before `end`, none where there is nothing but space; the next one starts at `next`. */
  const take = (end: number, next = end + 1): readonly Piece[] => {
    const raw = text.slice(start.at, end);
    const space = raw.slice(0, raw.length - raw.trimStart().length);
    const piece = { line: start.line + space.split("\n").length - 1, text: raw.trim() };
    start = { at: next, line };
    return piece.text === "" ? [] : [piece];
  };
  for (const { 0: token, 1: closing, index } of text.matchAll(tokens)) {
    if (token === "\n") line += 1;
    else if (token === "{" || token === "[") {
      depth += 1;
      if (depth === 1) start = { at: index + 1, line };
    } else if (token === "}") depth = Math.max(1, depth - 1);
    else if (token === "]") depth -= 1;
    else if (token !== "," && closing === "") {
      // No string goes over a line, so where its element ends cannot be told: the next line begins another.
      const end = index + token.length;
      yield* take(end, end);
      depth = 1;
    }
    if (depth === 0) return yield* take(index);
    if (token === "," && depth === 1) yield* take(index);
  }
  yield* take(text.length);
}
