/** Decode speed per row, which a comparison of plans has no use for. */
import { rowFormulas } from "../../metrics.ts";
import type { Sample } from "../../sample.ts";
import { sampleMetrics } from "../../sample.ts";
import { mean, median, pairedDifference } from "../../statistics/bootstrap.ts";
import type { DuelFigure } from "./report.ts";

export const figureFormulas: Readonly<Record<DuelFigure["id"], string>> = {
  itlMs: rowFormulas.itlMs,
  outputTokensPerSecond: rowFormulas.outputRate,
};

export function duelFigures(from: readonly Sample[], to: readonly Sample[]): readonly DuelFigure[] {
  return (["itlMs", "outputTokensPerSecond"] as const).flatMap((id): DuelFigure[] => {
    const [a, b] = [perRow(id, from), perRow(id, to)];
    const rows = [...a.keys()].filter((row) => b.has(row));
    if (rows.length === 0) return [];
    const values = (of: ReadonlyMap<number, number>) => rows.map((row) => of.get(row) ?? Number.NaN);
    const paired = pairedDifference(values(a), values(b), { summary: id === "itlMs" ? median : mean });
    const { difference, ratio, interval, ratioInterval } = paired;
    return [
      {
        id,
        from: paired.from,
        to: paired.to,
        difference,
        interval: [interval.low, interval.high],
        ratio,
        ratioInterval: ratioInterval === null ? null : [ratioInterval.low, ratioInterval.high],
        n: rows.length,
      },
    ];
  });
}

/** Passes over a row are summarized first: rows are what is resampled. */
function perRow(id: DuelFigure["id"], samples: readonly Sample[]): ReadonlyMap<number, number> {
  const values = new Map<number, number[]>();
  for (const sample of samples) {
    const value = figureOf(id, sample);
    if (value !== null) values.set(sample.row, [...(values.get(sample.row) ?? []), value]);
  }
  return new Map([...values].map(([row, all]) => [row, id === "itlMs" ? median(all) : mean(all)]));
}

function figureOf(id: DuelFigure["id"], sample: Sample): number | null {
  if (id === "itlMs") {
    const gaps = sample.calls.flatMap(({ metrics }) => metrics.itlMs);
    return gaps.length === 0 ? null : median(gaps);
  }
  const { outputTokens, e2eMs } = sampleMetrics(sample);
  return e2eMs > 0 ? (1000 * outputTokens) / e2eMs : null;
}
