/** What the next duel does: kept while other views are shown. */
import { createStore, type StoreApi } from "zustand/vanilla";

import { defaultModel, type EngineId } from "../lab/experiments/duel/report.ts";
import type { OptionsOf } from "../lab/experiments/index.ts";
import type { Prices } from "../lab/pricing/pricing.ts";
import type { WorkloadInfo } from "./workload-info.ts";

export interface DuelForm {
  readonly workload: string;
  readonly plan: string;
  readonly from: EngineId;
  readonly to: EngineId;
  readonly model: string;
  /** Of the second engine; empty: the same. */
  readonly otherModel: string;
  readonly rows: "1" | "5" | "20";
  readonly passes: "1" | "2" | "4";
}

export const createDuelForm = (): StoreApi<DuelForm> =>
  createStore<DuelForm>(() => ({
    workload: "user-analysis",
    plan: "structured",
    from: "paged-gpu",
    to: "paged-cpu",
    model: defaultModel,
    otherModel: "",
    rows: "5",
    passes: "2",
  }));

/** The form as options of the experiment. */
export const duelOptionsOf = (
  { plan, from, to, model, otherModel, rows, passes }: DuelForm,
  { id, own }: WorkloadInfo,
  { inputPerMillion, cachedInputPerMillion, outputPerMillion }: Prices,
): OptionsOf<"duel"> => ({
  workload: own === null ? id : { ...own },
  plan,
  engines: [from, to],
  models: [model, otherModel.trim() === "" ? model : otherModel],
  rows: Number(rows),
  passes: Number(passes),
  prices: { inputPerMillion, cachedInputPerMillion, outputPerMillion },
});
