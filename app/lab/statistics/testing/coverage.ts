/** How often intervals hold the truth, by simulation: for each kind of figure, population and n. */
import { createRandom, type Random } from "../../random.ts";
import type { Estimate } from "../estimate.ts";
import { estimateSlope } from "../line.ts";
import { estimateMean, pairedMeans, ratioOfMeans, unpairedMeans } from "../means.ts";
import { medianRate, pairedMedians, unpairedMedians } from "../medians.ts";
import { estimateMedian, estimateQuantile, leastForQuantile } from "../order-statistics.ts";
import { estimateProportion, pairedProportions, unpairedProportions } from "../proportions.ts";
import { leastUnits } from "../estimate.ts";
import { single, singlePairs, type Units } from "../units.ts";
import type { Population } from "./populations.ts";

interface Outcome {
  readonly estimate: Estimate | null;
  readonly truth: number;
}

export interface FigureKind {
  readonly name: string;
  readonly least: number;
  /** Whether its values are right or wrong: then only two-point populations make sense. */
  readonly isProportion: boolean;
  readonly draw: (population: Population, n: number, random: Random) => Outcome;
}

const values = (population: Population, n: number, random: Random): readonly number[] =>
  Array.from({ length: n }, () => population.draw(random));
/** 0 or 1 with the chance of a two-point population. */
const right = (population: Population, n: number, random: Random): readonly number[] =>
  values(population, n, random).map((value) => value - 1);
const scaled = (list: readonly number[], factor: number): readonly number[] =>
  list.map((value) => factor * value);

const ofNumbers = (name: string, draw: FigureKind["draw"]): FigureKind => ({
  name,
  least: leastUnits,
  isProportion: false,
  draw,
});
const ofRights = (name: string, draw: FigureKind["draw"]): FigureKind => ({
  ...ofNumbers(name, draw),
  isProportion: true,
});

const quantileKind = (q: number): FigureKind => ({
  ...ofNumbers(`p${100 * q}`, (population, n, random) => ({
    estimate: estimateQuantile(single(values(population, n, random)), q, population.resolution),
    truth: population.quantile(q),
  })),
  least: leastForQuantile(q),
});

/** Rows that give the same each time they are asked: four times as many values tell nothing more. */
const repeated = (population: Population, n: number, random: Random): Units =>
  values(population, n, random).map((row) => [row, row, row, row]);

/** `to` is drawn as `from` is, and a shift or a factor is known: the truth of every pair. */
const [shift, factor] = [3, 0.5];

export const figureKinds: readonly FigureKind[] = [
  ofNumbers("median", (population, n, random) => ({
    estimate: estimateMedian(single(values(population, n, random)), population.resolution),
    truth: population.quantile(0.5),
  })),
  quantileKind(0.9),
  quantileKind(0.95),
  quantileKind(0.99),
  ofNumbers("median of differences, pairs", (population, n, random) => {
    const to = values(population, n, random).map((value) => value + shift);
    const { difference } = pairedMedians(
      singlePairs(values(population, n, random), to),
      population.resolution,
    );
    return { estimate: difference, truth: shift };
  }),
  ofNumbers("median of ratios, pairs", (population, n, random) => {
    const to = scaled(values(population, n, random), factor);
    const { ratio } = pairedMedians(singlePairs(values(population, n, random), to), population.resolution);
    return { estimate: ratio, truth: factor };
  }),
  ofNumbers("difference of medians", (population, n, random) => {
    const to = values(population, n, random).map((value) => value + shift);
    const from = single(values(population, n, random));
    return { estimate: unpairedMedians(from, single(to), population.resolution).difference, truth: shift };
  }),
  ofNumbers("ratio of medians", (population, n, random) => {
    const to = scaled(values(population, n, random), factor);
    const from = single(values(population, n, random));
    return { estimate: unpairedMedians(from, single(to), population.resolution).ratio, truth: factor };
  }),
  ofNumbers("mean", (population, n, random) => ({
    estimate: estimateMean(single(values(population, n, random)), population.resolution),
    truth: population.mean,
  })),
  ofNumbers("mean, rows of four repeats", (population, n, random) => ({
    estimate: estimateMean(repeated(population, n, random)),
    truth: population.mean,
  })),
  ofNumbers("mean of differences, pairs", (population, n, random) => {
    const to = values(population, n, random).map((value) => value + shift);
    const pairs = singlePairs(values(population, n, random), to);
    return { estimate: pairedMeans(pairs, population.resolution).difference, truth: shift };
  }),
  ofNumbers("ratio of means, pairs", (population, n, random) => {
    const to = scaled(values(population, n, random), factor);
    return { estimate: pairedMeans(singlePairs(values(population, n, random), to)).ratio, truth: factor };
  }),
  ofNumbers("difference of means", (population, n, random) => {
    const to = values(population, n, random).map((value) => value + shift);
    const from = single(values(population, n, random));
    return { estimate: unpairedMeans(from, single(to)).difference, truth: shift };
  }),
  ofNumbers("ratio of means", (population, n, random) => {
    const to = scaled(values(population, n, random), factor);
    return {
      estimate: unpairedMeans(single(values(population, n, random)), single(to)).ratio,
      truth: factor,
    };
  }),
  ofNumbers("share of a whole", (population, n, random) => {
    const part = values(population, n, random);
    const rest = values(population, n, random);
    const whole = part.map((value, index) => value + (rest[index] ?? 0));
    return { estimate: ratioOfMeans(whole, part), truth: 0.5 };
  }),
  ofNumbers("slope", (population, n, random) => {
    const points = values(population, n, random).map((y, index) => [index % 5, 2 * (index % 5) + y] as const);
    return { estimate: estimateSlope(points), truth: 2 };
  }),
  ofNumbers("throughput of batches", (population, n, random) => {
    const batches = values(population, n, random).map((ms) => ({ count: 8, ms }));
    return { estimate: medianRate(batches, population.resolution), truth: 8000 / population.quantile(0.5) };
  }),
  ofRights("proportion", (population, n, random) => ({
    estimate: estimateProportion(single(right(population, n, random))),
    truth: population.mean - 1,
  })),
  ofRights("proportion, rows of four repeats", (population, n, random) => ({
    estimate: estimateProportion(right(population, n, random).map((row) => [row, row, row, row])),
    truth: population.mean - 1,
  })),
  ofRights("proportions of pairs, apart", (population, n, random) => {
    const pairs = singlePairs(right(population, n, random), right(population, n, random));
    return { estimate: pairedProportions(pairs).difference, truth: 0 };
  }),
  ofRights("proportions of pairs, alike", (population, n, random) => {
    const from = right(population, n, random);
    // A tenth of the right rows are lost, a tenth of the wrong ones gained.
    const to = from.map((row) => (random.next() < 0.1 ? 1 - row : row));
    const p = population.mean - 1;
    return { estimate: pairedProportions(singlePairs(from, to)).difference, truth: 0.1 * (1 - 2 * p) };
  }),
  ofRights("difference of proportions", (population, n, random) => {
    const from = single(right(population, n, random));
    return {
      estimate: unpairedProportions(from, single(right(population, n, random))).difference,
      truth: 0,
    };
  }),
];

export interface Coverage {
  readonly kind: string;
  readonly population: string;
  readonly n: number;
  /** Of the draws in which an interval was shown; null where in none. */
  readonly covered: number | null;
  /** Share of the draws in which there was one. */
  readonly shown: number;
}

/** The seed is of the cell, so that a cell can be looked at alone. */
export function coverage(kind: FigureKind, population: Population, n: number, draws: number): Coverage {
  const random = createRandom(1000 * n + 7);
  let [shown, held] = [0, 0];
  for (let draw = 0; draw < draws; draw += 1) {
    const { estimate, truth } = kind.draw(population, n, random);
    const interval = estimate?.interval ?? null;
    if (interval === null) continue;
    if (!(interval[0] < interval[1])) throw new Error(`${kind.name}: an interval of no width at n = ${n}`);
    shown += 1;
    // Sums of decimals are off by their last digit.
    if (interval[0] <= truth + 1e-9 && truth - 1e-9 <= interval[1]) held += 1;
  }
  const covered = shown === 0 ? null : held / shown;
  return { kind: kind.name, population: population.name, n, covered, shown: shown / draws };
}

/** A Markdown table: the worst n of each kind on each population, as "94.1% (7)". */
export function coverageTable(cells: readonly Coverage[]): string {
  const names = [...new Set(cells.map(({ population }) => population))];
  const rows = [...new Set(cells.map(({ kind }) => kind))].map((kind) => {
    const worst = names.map((population) => {
      const own = cells.filter((cell) => cell.kind === kind && cell.population === population);
      const [least] = own
        .flatMap(({ n, covered }) => (covered === null ? [] : [{ n, covered }]))
        .toSorted((a, b) => a.covered - b.covered);
      return least === undefined ? "–" : `${(100 * least.covered).toFixed(1)}% (${least.n})`;
    });
    return `| ${[kind, ...worst].join(" | ")} |`;
  });
  return [`| ${["figure", ...names].join(" | ")} |`, `|${" --- |".repeat(names.length + 1)}`, ...rows].join(
    "\n",
  );
}
