/** What the next comparison does: kept while other views are shown. */
import { createStore, type StoreApi } from "zustand/vanilla";

import type { OptionsOf } from "../lab/experiments/index.ts";
import type { Prices } from "../lab/pricing/pricing.ts";
import { choiceFromSearch, mostRows, type Choice } from "./comparison-choice.ts";
import type { WorkloadInfo } from "./workload-info.ts";

export interface ComparisonState {
  /** What a person chose, or the address asked for; the rest has defaults. */
  readonly chosen: Partial<Choice>;
}

/** `search`: the page's query, whose settings are the first choice. */
export const createComparison = (search = ""): StoreApi<ComparisonState> =>
  createStore<ComparisonState>(() => ({ chosen: choiceFromSearch(search) }));

/** The choice as options of the experiment. */
export const compareOptionsOf = (
  { from, to, also, rows, repeats }: Choice,
  { id, own }: WorkloadInfo,
  { inputPerMillion, cachedInputPerMillion, outputPerMillion }: Prices,
): OptionsOf<"compare"> => ({
  workload: own === null ? id : { ...own },
  plans: [...new Set([from, to, ...also])],
  rows: rows === "all" ? mostRows : Number(rows),
  repeats: Number(repeats),
  prices: { inputPerMillion, cachedInputPerMillion, outputPerMillion },
});
