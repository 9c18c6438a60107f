/** Keeps the engine's last steps, whatever view or script caused them, for the Trace view. */
import { createStore, type StoreApi } from "zustand/vanilla";

import type { StepTrace } from "../../protocol/index.ts";
import type { EnginePort } from "./engine-port.ts";

export interface TraceState {
  /** Grows with every step; the steps themselves stand outside of React. */
  readonly version: number;
}

export interface TraceRecorder {
  readonly store: StoreApi<TraceState>;
  /** Steps since the engine last rested. Not to be changed. */
  lastRun(): readonly StepTrace[];
}

/** Memory for a run that does not end: its first steps are dropped. */
const mostSteps = 4000;
/** The engine rests when it has done nothing for so long. */
const restMs = 400;

export function createTraceRecorder(port: Pick<EnginePort, "onStep">): TraceRecorder {
  const store = createStore<TraceState>(() => ({ version: 0 }));
  let run: StepTrace[] = [];
  port.onStep((trace) => {
    const last = run.at(-1);
    if (last !== undefined && trace.startMs - (last.startMs + last.totalMs) > restMs) run = [];
    run.push(trace);
    if (run.length >= 2 * mostSteps) run = run.slice(-mostSteps);
    store.setState({ version: store.getState().version + 1 });
  });
  return { store, lastRun: () => run };
}
