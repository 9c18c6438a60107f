/** Populations with known medians and means, for simulations of coverage. */
import type { Random } from "../../random.ts";
import { normalQuantile } from "../distributions.ts";

export interface Population {
  readonly name: string;
  readonly draw: (random: Random) => number;
  readonly mean: number;
  /** Of a two-point population with p = 0.5 any value between is a median: the middle one. */
  readonly quantile: (q: number) => number;
  /** Of the clock through which values are seen: they are off by less than so much. */
  readonly resolution: number;
}

/** Box and Muller; two uniforms a value. */
export const gaussian = ({ next }: Random): number =>
  Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

const normal: Population = {
  name: "normal",
  draw: (random) => 10 + gaussian(random),
  mean: 10,
  quantile: (q) => 10 + normalQuantile(q),
  resolution: 0,
};

export const lognormal = (sigma: number): Population => ({
  name: `lognormal ${sigma}`,
  draw: (random) => Math.exp(sigma * gaussian(random)),
  mean: Math.exp(sigma ** 2 / 2),
  quantile: (q) => Math.exp(sigma * normalQuantile(q)),
  resolution: 0,
});

/** 2 with chance p, else 1. */
export const twoPoint = (p: number): Population => ({
  name: `two-point ${p}`,
  draw: ({ next }) => (next() < p ? 2 : 1),
  mean: 1 + p,
  quantile: (q) => (q === 1 - p ? 1.5 : q < 1 - p ? 1 : 2),
  resolution: 0,
});

const tied: Population = {
  name: "tied",
  draw: (random) => Math.round(10 + gaussian(random)),
  mean: 10,
  quantile: (q) => Math.round(10 + normalQuantile(q)),
  resolution: 0,
};

/** A lognormal duration between two readings of a clock that stands still for half its spread. */
const resolution = 0.2;
const duration = lognormal(0.3);
const clockRounded: Population = {
  ...duration,
  name: "clock-rounded",
  draw: (random) => {
    const start = random.next();
    const read = (time: number): number => resolution * Math.floor(time / resolution);
    // To the clock's digits, as clocks tell times: differences of readings are equal or not.
    return Number((read(start + 1 + duration.draw(random)) - read(start)).toFixed(6));
  },
  mean: 1 + duration.mean,
  quantile: (q) => 1 + duration.quantile(q),
  resolution,
};

/** Those on which every interval has to cover. */
export const populations: readonly Population[] = [
  normal,
  lognormal(0.5),
  twoPoint(0.2),
  twoPoint(0.5),
  twoPoint(0.8),
  tied,
  clockRounded,
];

/** Those on which nothing simple covers; reported as limits. */
export const hardPopulations: readonly Population[] = [lognormal(1), twoPoint(0.05)];
