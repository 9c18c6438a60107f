/** The comparison: what is chosen, what runs, the last report. Kept while other views are shown. */
import { createStore, type StoreApi } from "zustand/vanilla";

import { serializeError, type Inferscope, type SerializedError } from "../../protocol/index.ts";
import type { CompareEvent } from "../lab/compare.ts";
import { advance, noRun, type LiveRun } from "../lab/live-run.ts";
import type { PriceSheet } from "../lab/pricing.ts";
import type { CompareReport } from "../lab/report.ts";
import { isCompareReport } from "../lab/reports/saved.ts";
import { choiceFromSearch, mostRows, type Choice } from "./comparison-choice.ts";
import { throttle } from "./throttle.ts";
import type { WorkloadInfo } from "./workload-info.ts";

export interface ComparisonState {
  /** What a person chose, or the address asked for; the rest has defaults. */
  readonly chosen: Partial<Choice>;
  /** Null while nothing runs. */
  readonly live: LiveRun | null;
  readonly report: CompareReport | null;
  /** Of the last run; the report before it stays. */
  readonly error: SerializedError | null;
}

export interface Comparison {
  readonly store: StoreApi<ComparisonState>;
  /** Does nothing while a comparison runs. Failures end in the state. */
  readonly run: (choice: Choice, workload: WorkloadInfo, prices: PriceSheet) => void;
  readonly cancel: () => void;
}

/** `search`: the page's query, whose settings are the first choice. */
export function createComparison(inferscope: Pick<Inferscope, "run">, search = ""): Comparison {
  const store = createStore<ComparisonState>(() => ({
    chosen: choiceFromSearch(search),
    live: null,
    report: null,
    error: null,
  }));
  let controller: AbortController | null = null;

  const run: Comparison["run"] = (choice, { id, own: definition }, prices) => {
    if (controller !== null) return;
    const own = new AbortController();
    controller = own;
    let state = noRun;
    // Tokens come faster than people read: strips are committed 30 times a second.
    const commit = throttle((live: LiveRun) => {
      if (controller === own) store.setState({ live });
    }, 33);
    store.setState({ live: state, error: null });
    inferscope
      .run("compare", {
        workload: definition ?? id,
        plans: planIds(choice),
        rows: choice.rows === "all" ? mostRows : Number(choice.rows),
        repeats: Number(choice.repeats),
        prices,
        signal: own.signal,
        onEvent: (event: CompareEvent) => {
          state = advance(state, event);
          commit(state);
        },
      })
      .then((result) => {
        if (isCompareReport(result)) store.setState({ report: result });
      })
      .catch((reason: unknown) => {
        const error = serializeError(reason);
        if (error.kind !== "aborted") store.setState({ error });
      })
      .finally(() => {
        controller = null;
        store.setState({ live: null });
      });
  };
  return { store, run, cancel: () => controller?.abort() };
}

const planIds = ({ from, to, also }: Choice): readonly string[] => [...new Set([from, to, ...also])];
