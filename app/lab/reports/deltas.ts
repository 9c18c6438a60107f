/** Two reports of one experiment, figure by figure. */
import type { Environment } from "../environment.ts";
import type { Report } from "../experiment.ts";
import {
  cellText,
  columnTitle,
  isFigure,
  valueOf,
  type Figure,
  type FigureColumn,
  type Figures,
} from "../figures.ts";
import { metricOf } from "../metrics.ts";
import { independentDifference, mean, median } from "../statistics/bootstrap.ts";

export interface FigureDelta {
  readonly key: string;
  /** "Naive chain: End to end, median". */
  readonly label: string;
  readonly column: FigureColumn;
  readonly from: number;
  readonly to: number;
  /** 95% interval of to − from, each report resampled by itself; null without raw values or below two of them. */
  readonly interval: readonly [low: number, high: number] | null;
  /** Null where the report does not count. */
  readonly n: readonly [from: number | null, to: number | null];
  readonly better: "lower" | "higher" | "neither";
  /** `same`: the interval holds zero, or there is none. */
  readonly verdict: "better" | "worse" | "same";
}

interface Placed {
  readonly label: string;
  readonly column: FigureColumn;
  readonly figure: Figure & { readonly value: number };
}

/** Every number of the tables that are not raw, by a key that two reports share. */
function numbersOf(figures: Figures): ReadonlyMap<string, Placed> {
  const found = new Map<string, Placed>();
  for (const { id, title, columns, rows, isRaw, isDerived } of figures.tables) {
    if (isRaw === true || isDerived === true) continue;
    for (const row of rows) {
      for (const [index, column] of columns.entries()) {
        const cell = row.cells[index] ?? null;
        const value = valueOf(cell);
        if (typeof value !== "number" || !Number.isFinite(value)) continue;
        const of = row.title === "" ? title : row.title;
        found.set(`${id}/${row.id}/${column.id}`, {
          label: `${of}: ${columnTitle(column)}`,
          column,
          figure: { ...(isFigure(cell) ? cell : {}), value },
        });
      }
    }
  }
  return found;
}

/** Figures that both have, in the second one's order. */
export function figureDeltas(baseline: Figures, other: Figures): readonly FigureDelta[] {
  const before = numbersOf(baseline);
  return [...numbersOf(other)].flatMap(([key, { label, column, figure }]): readonly FigureDelta[] => {
    const from = before.get(key)?.figure;
    if (from === undefined) return [];
    const better = column.metric === null ? "neither" : metricOf(column.metric).better;
    const interval = deltaInterval(column, from, figure);
    const n = [from.n ?? null, figure.n ?? null] as const;
    const verdict = verdictOf(figure.value - from.value, interval, better);
    return [{ key, label, column, from: from.value, to: figure.value, interval, n, better, verdict }];
  });
}

function deltaInterval({ metric }: FigureColumn, from: Figure, to: Figure): readonly [number, number] | null {
  const [a, b] = [from.values ?? [], to.values ?? []];
  if (metric === null || a.length < 2 || b.length < 2) return null;
  const summary = metricOf(metric).summary === "median" ? median : mean;
  const { interval } = independentDifference(a, b, { summary });
  return [interval.low, interval.high];
}

function verdictOf(
  difference: number,
  interval: readonly [number, number] | null,
  better: FigureDelta["better"],
): FigureDelta["verdict"] {
  if (interval === null || better === "neither" || difference === 0) return "same";
  if (interval[0] <= 0 && interval[1] >= 0) return "same";
  return difference > 0 === (better === "higher") ? "better" : "worse";
}

/** "+12 ms": a difference, or a bound of its interval. */
export const deltaText = ({ column }: Pick<FigureDelta, "column">, value: number): string =>
  column.metric === null
    ? `${value > 0 ? "+" : ""}${cellText(column, value)}`
    : cellText({ ...column, isDifference: true }, value);

/** What of the two was not the same beside chance, in words. */
export function conditions(
  [baseline, other]: readonly [Report, Report],
  [from, to]: readonly [Figures, Figures],
): readonly string[] {
  if (baseline.kind !== other.kind) return ["they are reports of different experiments"];
  const [a, b] = [baseline.environment, other.environment];
  const differ = (what: string, key: keyof Environment): readonly string[] =>
    a[key] === b[key] ? [] : [`${what} ${show(a[key])} against ${show(b[key])}`];
  const only = (settings: Figures, than: Figures): string =>
    settings.settings.filter((text) => !than.settings.includes(text)).join(", ") || "none of these";
  return [
    ...differ("model", "modelId"),
    ...(a.modelId === b.modelId ? differ("weights", "weightsHash") : []),
    ...differ("runner", "runner"),
    ...differ("adapter", "adapter"),
    ...differ("app version", "appVersion"),
    ...(from.settings.join() === to.settings.join()
      ? []
      : [`settings: ${only(from, to)} against ${only(to, from)}`]),
  ];
}

function show(value: Environment[keyof Environment]): string {
  if (value === null || value === undefined) return "unknown";
  return typeof value === "object" ? value.join(", ") : String(value);
}
