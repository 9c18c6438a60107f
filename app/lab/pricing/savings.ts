/** What prompt caching would save. Arithmetic on figures that somebody gives, not a measurement. */
export interface SavingsInput {
  readonly requestsPerDay: number;
  /** Tokens of the part that all requests share. */
  readonly prefixTokens: number;
  /** Of these the tokens that the provider's rule caches: none of a prefix under its shortest. */
  readonly cachedTokens: number;
  /** Share of the requests that find the prefix cached, 0 to 1. */
  readonly hitRate: number;
  /** US dollars per million tokens. */
  readonly inputPerMillion: number;
  readonly cacheReadPerMillion: number;
  /** For a prefix that is stored rather than found; the input price where nothing is charged for that. */
  readonly cacheWritePerMillion: number;
}

/** US dollars. */
export interface Savings {
  readonly costWithout: number;
  readonly costWith: number;
  readonly savedPerDay: number;
  /** 30 days. */
  readonly savedPerMonth: number;
}

export const daysPerMonth = 30;

/** Throws a `RangeError` that says which figure is impossible. */
export function savings(input: SavingsInput): Savings {
  const problem = savingsProblem(input);
  if (problem !== null) throw new RangeError(problem);
  const { requestsPerDay, prefixTokens, cachedTokens, hitRate } = input;
  const cost = (tokens: number, perMillion: number): number => (requestsPerDay * tokens * perMillion) / 1e6;
  const costWithout = cost(prefixTokens, input.inputPerMillion);
  const costWith =
    cost(prefixTokens - cachedTokens, input.inputPerMillion) +
    cost(cachedTokens, hitRate * input.cacheReadPerMillion + (1 - hitRate) * input.cacheWritePerMillion);
  const savedPerDay = costWithout - costWith;
  return { costWithout, costWith, savedPerDay, savedPerMonth: savedPerDay * daysPerMonth };
}

/** The first figure that is impossible, in words, or null. */
export function savingsProblem(input: SavingsInput): string | null {
  for (const [name, value] of Object.entries(input)) {
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
      return `${name} is ${String(value)}, it is a number of at least 0`;
    }
  }
  if (input.cachedTokens > input.prefixTokens) {
    return `cachedTokens is ${input.cachedTokens}, it is a part of the ${input.prefixTokens} tokens in front`;
  }
  return input.hitRate > 1 ? `hitRate is ${input.hitRate}, it is a share from 0 to 1` : null;
}

/** Hit rate from which caching costs less than not caching; null where it never does, 0 where it always does. */
export function breakEvenHitRate({
  inputPerMillion,
  cacheReadPerMillion,
  cacheWritePerMillion,
}: Pick<SavingsInput, "inputPerMillion" | "cacheReadPerMillion" | "cacheWritePerMillion">): number | null {
  if (cacheWritePerMillion <= inputPerMillion) return cacheReadPerMillion <= inputPerMillion ? 0 : null;
  if (cacheReadPerMillion >= inputPerMillion) return null;
  return (cacheWritePerMillion - inputPerMillion) / (cacheWritePerMillion - cacheReadPerMillion);
}

/** "$2,565.00": to the cent. */
export function formatDollars(amount: number): string {
  // A hundredth of a cent decides nothing, and binary fractions must not.
  const cents = Math.round(Number((Math.abs(amount) * 100).toFixed(6)));
  const text = (cents / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `${amount < 0 && cents > 0 ? "−" : ""}$${text}`;
}
