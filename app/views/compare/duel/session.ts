/** The duel while it runs and after it: kept while other views are shown. */
import { createStore, type StoreApi } from "zustand/vanilla";

import { serializeError, type SerializedError } from "../../../../protocol/index.ts";
import { defaultModel } from "../../../lab/duel/options.ts";
import { isDuel, type DuelReport, type EngineId } from "../../../lab/duel/report.ts";
import type { DuelEvent } from "../../../lab/duel/run-duel.ts";
import type { PriceSheet } from "../../../lab/pricing.ts";
import { isCompareReport } from "../../../lab/reports/saved.ts";
import type { Services } from "../../../store/services.tsx";
import type { WorkloadInfo } from "../../../store/workload-info.ts";

export interface DuelSettings {
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

export interface DuelState {
  readonly settings: DuelSettings;
  /** Null while nothing runs. `loading`: the engine that is brought up, null while one answers. */
  readonly live: {
    readonly engine: EngineId;
    readonly loading: boolean;
    readonly done: number;
    readonly total: number;
  } | null;
  readonly report: DuelReport | null;
  readonly error: SerializedError | null;
}

export interface DuelSession {
  readonly store: StoreApi<DuelState>;
  readonly set: (change: Partial<DuelSettings>) => void;
  /** Does nothing while a duel runs. Failures end in the state. */
  readonly run: (settings: DuelSettings, workload: WorkloadInfo, prices: PriceSheet) => Promise<void>;
  readonly cancel: () => void;
}

const sessions = new WeakMap<Services, DuelSession>();

export function duelSession(services: Services): DuelSession {
  const known = sessions.get(services) ?? createSession(services);
  sessions.set(services, known);
  return known;
}

function createSession({ inferscope }: Services): DuelSession {
  const store = createStore<DuelState>(() => ({
    settings: {
      workload: "user-analysis",
      plan: "structured",
      from: "paged-gpu",
      to: "paged-cpu",
      model: defaultModel,
      otherModel: "",
      rows: "5",
      passes: "2",
    },
    live: null,
    report: null,
    error: null,
  }));
  let controller: AbortController | null = null;

  const run: DuelSession["run"] = async (settings, workload, prices) => {
    if (controller !== null) return;
    const own = new AbortController();
    controller = own;
    const { from, to, model, otherModel, plan, rows, passes } = settings;
    store.setState({ error: null, live: { engine: from, loading: true, done: 0, total: 0 } });
    try {
      const report = await inferscope.run("duel", {
        workload: workload.own ?? workload.id,
        plan,
        engines: [from, to],
        models: [model, otherModel === "" ? model : otherModel],
        rows: Number(rows),
        passes: Number(passes),
        prices,
        signal: own.signal,
        onEvent: (event: DuelEvent) => store.setState(({ live }) => ({ live: live && advance(live, event) })),
      });
      if (isCompareReport(report) && isDuel(report)) store.setState({ report });
    } catch (cause) {
      const error = serializeError(cause);
      if (error.kind !== "aborted") store.setState({ error });
    } finally {
      controller = null;
      store.setState({ live: null });
    }
  };
  return {
    store,
    set: (change) => store.setState(({ settings }) => ({ settings: { ...settings, ...change } })),
    run,
    cancel: () => controller?.abort(),
  };
}

type Live = NonNullable<DuelState["live"]>;

function advance(live: Live, event: DuelEvent): Live {
  switch (event.type) {
    case "load":
      return { engine: event.engine, loading: true, done: event.done, total: event.total };
    case "sample":
    case "sample-done":
      return { ...live, loading: false, done: event.done, total: event.total };
    case "call":
    case "load-failed":
      return live;
  }
}
