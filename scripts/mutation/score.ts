/** Counts a report of Stryker's (mutation-testing-report-schema), as it counts itself. */
interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: Place; readonly end: Place };
}

/** Both count from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Counts {
  /** Mutants that count: all but those ignored and those that do not run at all. */
  readonly mutants: number;
  /** Some test fails. */
  readonly killed: number;
  /** Ends in no time: counts as killed. */
  readonly timedOut: number;
  readonly survived: number;
  /** No test comes by: counts as survived. */
  readonly uncovered: number;
  /** Percent killed or timed out. */
  readonly score: number;
}

export interface FolderScore extends Counts {
  readonly files: Readonly<Record<string, Counts>>;
  /** "path:line:column mutator: original → replacement" of each mutant that no test noticed. */
  readonly survivors: readonly string[];
}

export function scoreOf(report: Report): FolderScore {
  const files = Object.entries(report.files).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...countsOf(files.flatMap(([, { mutants }]) => mutants)),
    files: Object.fromEntries(files.map(([path, { mutants }]) => [path, countsOf(mutants)])),
    survivors: files.flatMap(([path, { source, mutants }]) =>
      mutants
        .filter(({ status }) => status === "Survived" || status === "NoCoverage")
        .sort((a, b) => a.location.start.line - b.location.start.line)
        .map((mutant) => describe(path, source, mutant)),
    ),
  };
}

function countsOf(mutants: readonly Mutant[]): Counts {
  const count = (status: string) => mutants.filter((mutant) => mutant.status === status).length;
  const [killed, timedOut] = [count("Killed"), count("Timeout")];
  const [survived, uncovered] = [count("Survived"), count("NoCoverage")];
  const all = killed + timedOut + survived + uncovered;
  const score = all === 0 ? 100 : Math.round((10_000 * (killed + timedOut)) / all) / 100;
  return { mutants: all, killed, timedOut, survived, uncovered, score };
}

function describe(
  path: string,
  source: string,
  { location, mutatorName, replacement, status }: Mutant,
): string {
  const { start, end } = location;
  const lines = source.split("\n").slice(start.line - 1, end.line);
  const last = lines.pop() ?? "";
  const text = [...lines, last.slice(0, end.column - 1)].join("\n").slice(start.column - 1);
  const where = `${path}:${start.line}:${start.column}`;
  const uncovered = status === "NoCoverage" ? " (no test comes by)" : "";
  return `${where} ${mutatorName}: ${short(text)} → ${short(replacement ?? "")}${uncovered}`;
}

const short = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
};
