import { describe, expect, it } from "vitest";

import { scale, soakTimeoutMs, startSoak } from "../../../workers/testing/soak.ts";
import { coverage, coverageTable, figureKinds, type Coverage, type FigureKind } from "./testing/coverage.ts";
import { hardPopulations, populations, type Population } from "./testing/populations.ts";

/** In a soak the first ten n at which there is an interval, then some; of p99 four. */
const isSoak = scale(0, 1, 0) === 1;
const sizes = ({ least }: FigureKind): readonly number[] => {
  if (!isSoak) return [least, ...(least < 10 ? [least + 6] : [])];
  if (least > 100) return [least, least + 1, least + 5, 400];
  return [...Array.from({ length: 10 }, (_, index) => least + index), 20, 30, 50, 100, 200].filter(
    (n, index) => index < 10 || n >= least + 10,
  );
};
const draws = scale(200, 10_000, 200);
/** 200 draws of 95% give less than 88% once in 20,000 cells; 10,000 tell 93% from 94%. */
const floor = scale(0.88, 0.93, 0.88);

const isTwoPoint = ({ name }: Population): boolean => name.startsWith("two-point");
const cellsOf = (kind: FigureKind, among: readonly Population[]): readonly Coverage[] =>
  among
    .filter((population) => !kind.isProportion || isTwoPoint(population))
    .flatMap((population) => sizes(kind).map((n) => coverage(kind, population, n, draws)));

describe("intervals cover", () => {
  const all: Coverage[] = [];

  it.each(figureKinds)(
    "$name",
    (kind) => {
      const cells = cellsOf(kind, populations);
      all.push(...cells);
      const short = cells.filter(({ covered }) => covered !== null && covered < floor);
      expect(short).toEqual([]);
      expect(cells.some(({ shown }) => shown === 1)).toBe(true);
    },
    soakTimeoutMs,
  );

  it(
    "prints the table of docs/statistics.md in a soak",
    () => {
      if (!isSoak) return;
      const hard = figureKinds.flatMap((kind) => cellsOf(kind, hardPopulations));
      console.log(`\n${coverageTable(all)}\n\nKnown limits:\n\n${coverageTable(hard)}\n`);
      startSoak().report(draws, "draws a cell");
    },
    soakTimeoutMs,
  );
});
