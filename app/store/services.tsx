/** What views reach the engine and the stores by. Made once, in `main.tsx`. */
import { createContext, useContext, useEffect, useMemo, useSyncExternalStore, type ReactNode } from "react";
import { useStore, type StoreApi } from "zustand";

import type { Inferscope } from "../../protocol/index.ts";
import type { LabContext } from "../lab/context.ts";
import type { LoadSettings } from "../lab/load/load.ts";
import type { ExperimentId } from "../lab/experiments/index.ts";
import type { CacheStore } from "./cache-store.ts";
import type { Claims, ClaimsState } from "./claims-store.ts";
import type { ComparisonState } from "./comparison-store.ts";
import type { EnginePort, LeasePort, LeaseState } from "./engine-port.ts";
import type { EngineActions, EngineState } from "./engine-store.ts";
import type { LoggedError } from "./error-log.ts";
import type { Logs } from "./log-store.ts";
import type { Offline } from "./offline-store.ts";
import type { Playground, PlaygroundState } from "./playground-store.ts";
import type { DuelForm } from "./duel-form.ts";
import type { Reports, ReportsState } from "./report-store.ts";
import type { Settings } from "./settings-store.ts";
import type { Workloads, WorkloadsState } from "./workload-store.ts";
import { shownRun, type Runs, type RunsState, type ShownRun } from "./runs.ts";
import type { StepFeed } from "./step-feed.ts";

export interface Services {
  readonly inferscope: Inferscope;
  readonly client: EnginePort;
  readonly lease: LeasePort;
  /** What experiments run on. */
  readonly lab: LabContext;
  readonly engine: { readonly store: StoreApi<EngineState>; readonly actions: EngineActions };
  readonly settings: StoreApi<Settings>;
  readonly playground: Playground;
  /** Every run of every experiment. */
  readonly runs: Runs;
  readonly feed: StepFeed;
  readonly cache: CacheStore;
  /** Logs of a person's own. */
  readonly logs: Logs;
  /** What the Batch view's form holds. */
  readonly batch: StoreApi<LoadSettings>;
  readonly comparison: StoreApi<ComparisonState>;
  /** What the next duel does. */
  readonly duel: StoreApi<DuelForm>;
  readonly claims: Claims;
  readonly reports: Reports;
  readonly offline: Offline;
  /** Newest first. */
  readonly errors: StoreApi<readonly LoggedError[]>;
  readonly workloads: Workloads;
  /** Smallest step of `performance.now()` on this page, milliseconds; null if it never moved. */
  readonly clockResolutionMs: number | null;
}

const ServicesContext = createContext<Services | null>(null);

export function ServicesProvider({ services, children }: { services: Services; children: ReactNode }) {
  return <ServicesContext value={services}>{children}</ServicesContext>;
}

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === null) throw new Error("useServices is called outside of ServicesProvider");
  return services;
}

export function useEngine<Value>(select: (state: EngineState) => Value): Value {
  return useStore(useServices().engine.store, select);
}

export function useLease(): LeaseState {
  const { lease } = useServices();
  return useSyncExternalStore(
    (listener) => lease.onState(listener),
    () => lease.state,
  );
}

export function useSettings<Value>(select: (settings: Settings) => Value): Value {
  return useStore(useServices().settings, select);
}

export function useComparison<Value>(select: (state: ComparisonState) => Value): Value {
  return useStore(useServices().comparison, select);
}

export function usePlayground<Value>(select: (state: PlaygroundState) => Value): Value {
  return useStore(useServices().playground.store, select);
}

/** What the Batch view sends next. */
export const useBatchForm = (): LoadSettings => useStore(useServices().batch);

export function useRuns<Value>(select: (state: RunsState) => Value): Value {
  return useStore(useServices().runs.store, select);
}

/** The first load stays small; a little later a run starts also where the network has gone. */
const preloadAfterMs = 1_000;

/** What a view shows of an experiment: the run that goes on, and the last result. */
export function useRun<Id extends ExperimentId>(id: Id): ShownRun<Id> {
  const { runs } = useServices();
  const isReady = useEngine(({ load }) => load.type === "ready");
  useEffect(() => {
    if (!isReady) return;
    const timer = setTimeout(() => runs.preload(id), preloadAfterMs);
    return () => clearTimeout(timer);
  }, [runs, id, isReady]);
  const latest: RunsState["latest"][Id] = useRuns((state) => state.latest[id]);
  const whole: RunsState["whole"][Id] = useRuns((state) => state.whole[id]);
  return useMemo(() => shownRun<Id>(latest ?? null, whole ?? null), [latest, whole]);
}

export function useClaims<Value>(select: (state: ClaimsState) => Value): Value {
  return useStore(useServices().claims.store, select);
}

export function useReports<Value>(select: (state: ReportsState) => Value): Value {
  return useStore(useServices().reports.store, select);
}

export function useWorkloads<Value>(select: (state: WorkloadsState) => Value): Value {
  return useStore(useServices().workloads.store, select);
}
