/** What a run would cost at a provider. Arithmetic on token counts, not a measurement. */
export interface PriceSheet extends Prices {
  readonly name: string;
  /** Month the prices are of, `YYYY-MM`. */
  readonly asOf: string;
}

/** US dollars per million tokens. */
export interface Prices {
  readonly inputPerMillion: number;
  readonly cachedInputPerMillion: number;
  readonly outputPerMillion: number;
}

/** The prices that the guide computes with: cached tokens at a tenth, output at three times the input. */
export const guidePrices: PriceSheet = {
  name: "The guide's example prices",
  asOf: "2026-11",
  inputPerMillion: 10,
  cachedInputPerMillion: 1,
  outputPerMillion: 30,
};

/** The guide's sheet, or one of a person's own. */
export function priceSheet(prices: Prices): PriceSheet {
  const keys = ["inputPerMillion", "cachedInputPerMillion", "outputPerMillion"] as const;
  return keys.every((key) => prices[key] === guidePrices[key])
    ? guidePrices
    : { ...prices, name: "Own prices", asOf: guidePrices.asOf };
}

export interface TokenCounts {
  readonly promptTokens: number;
  /** Of the prompt tokens; null (not told by the backend) is priced as none. */
  readonly cachedTokens: number | null;
  readonly outputTokens: number;
}

/** US dollars. */
export function cost(tokens: TokenCounts, sheet: PriceSheet): number {
  const cached = tokens.cachedTokens ?? 0;
  const perMillion =
    (tokens.promptTokens - cached) * sheet.inputPerMillion +
    cached * sheet.cachedInputPerMillion +
    tokens.outputTokens * sheet.outputPerMillion;
  return perMillion / 1e6;
}

/** The first thing wrong with an edited sheet, in words, or `null`. */
export function priceProblem(sheet: PriceSheet): string | null {
  const prices = ["inputPerMillion", "cachedInputPerMillion", "outputPerMillion"] as const;
  const wrong = prices.find((key) => !Number.isFinite(sheet[key]) || sheet[key] < 0);
  return wrong === undefined ? null : `${wrong} is ${sheet[wrong]}, a price is a number of at least 0`;
}
