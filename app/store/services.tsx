/** What views reach the engine and the stores by. Made once, in `main.tsx`. */
import { createContext, useContext, useSyncExternalStore, type ReactNode } from "react";
import { useStore, type StoreApi } from "zustand";

import type { Inferscope } from "../../protocol/index.ts";
import type { LabContext } from "../lab/experiments.ts";
import type { Batch, BatchState } from "./batch-store.ts";
import type { Claims, ClaimsState } from "./claims-store.ts";
import type { Comparison, ComparisonState } from "./comparison-store.ts";
import type { EnginePort, LeasePort, LeaseState } from "./engine-port.ts";
import type { EngineActions, EngineState } from "./engine-store.ts";
import type { LoggedError } from "./error-log.ts";
import type { Offline } from "./offline-store.ts";
import type { Playground, PlaygroundState } from "./playground-store.ts";
import type { Reports, ReportsState } from "./report-store.ts";
import type { Settings } from "./settings-store.ts";
import type { Workloads, WorkloadsState } from "./workload-store.ts";
import type { TraceRecorder } from "./trace-recorder.ts";

export interface Services {
  readonly inferscope: Inferscope;
  readonly client: EnginePort;
  readonly lease: LeasePort;
  /** What experiments run on; `compareExperiment(lab, options)` is what `inferscope.run("compare")` does. */
  readonly lab: LabContext;
  readonly engine: { readonly store: StoreApi<EngineState>; readonly actions: EngineActions };
  readonly settings: StoreApi<Settings>;
  readonly playground: Playground;
  readonly batch: Batch;
  readonly comparison: Comparison;
  readonly claims: Claims;
  readonly reports: Reports;
  readonly trace: TraceRecorder;
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
  return useStore(useServices().comparison.store, select);
}

export function usePlayground<Value>(select: (state: PlaygroundState) => Value): Value {
  return useStore(useServices().playground.store, select);
}

export function useBatch<Value>(select: (state: BatchState) => Value): Value {
  return useStore(useServices().batch.store, select);
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
