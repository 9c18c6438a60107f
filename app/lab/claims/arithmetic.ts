/** Claims 10 and 13: arithmetic on prices and counts. Nothing is measured, and they say so. */
import { daysPerMonth, savings, type Savings } from "../pricing/savings.ts";
import { cost, type PriceSheet } from "../pricing/pricing.ts";
import { counted } from "../statistics/estimate.ts";
import type { Claim, Metric } from "./claim.ts";

const amount = (id: string, label: string, formula: string, claimed: number): Metric => ({
  id,
  label,
  unit: "USD",
  formula,
  direction: "near",
  claimed,
  holdsAt: 0.005,
  partlyAt: 0.05,
  basis: "arithmetic",
});

/** The price sheet of the run is all that these claims depend on. */
export interface PriceSample {
  readonly prices: PriceSheet;
}

const golden = { requestsPerDay: 10_000, prefixTokens: 1000, cachedTokens: 1000, hitRate: 0.95 };

export const cachingSavings: Claim<PriceSample> = {
  id: 10,
  title: "Caching saves $2,565 a month",
  claim:
    "Caching saves $2,565 a month: 10,000 requests a day, 1,000 shared tokens, 95% hits, $10 and $1 a million.",
  method: "Arithmetic, not measured: the price sheet times the counts of the example.",
  timed: false,
  metrics: [
    amount(
      "month",
      "Saved in a month of 30 days",
      "30 · requests · prefix tokens · hit rate · (input price − cached price)",
      2565,
    ),
  ],
  measure: ({ prices }) => Promise.resolve({ prices }),
  figures: ({ prices }) => [counted(goldenSavings(prices).savedPerMonth)],
  notes: ({ prices }) => {
    const { costWithout, costWith } = goldenSavings(prices);
    return [`A day costs $${costWithout.toFixed(2)} without and $${costWith.toFixed(2)} with caching.`];
  },
};

/** Writing to the cache costs what reading the prompt does. */
const goldenSavings = ({ inputPerMillion, cachedInputPerMillion }: PriceSheet): Savings =>
  savings({
    ...golden,
    inputPerMillion,
    cacheReadPerMillion: cachedInputPerMillion,
    cacheWritePerMillion: inputPerMillion,
  });

const request = { promptTokens: 2000, cachedTokens: 0, outputTokens: 500 };
const requestsPerDay = 1000;

export const requestCost: Claim<PriceSample> = {
  id: 13,
  title: "A request costs $0.035",
  claim:
    "2,000 prompt and 500 output tokens cost $0.035, $1,050 a month at 1,000 a day ($10 and $30 a million).",
  method: "Arithmetic, not measured: the price sheet times the counts of the example.",
  timed: false,
  metrics: [
    amount("request", "One request", "2,000 · input price + 500 · output price", 0.035),
    amount("month", "A month of 30 days", "30 · 1,000 · cost of a request", 1050),
  ],
  measure: ({ prices }) => Promise.resolve({ prices }),
  figures: ({ prices }) => {
    const each = cost(request, prices);
    return [counted(each), counted(daysPerMonth * requestsPerDay * each)];
  },
  notes: () => [
    "The guide also writes $0.01 and $0.03 a million: at those prices everything costs a thousandth of this.",
  ],
};
