/** Runs of many requests at once, side by side, and the sweep: kept while other views are shown. */
import { createStore, type StoreApi } from "zustand/vanilla";

import {
  InferscopeError,
  serializeError,
  type AbortSignalLike,
  type EnginePolicy,
  type Inferscope,
  type SerializedError,
} from "../../protocol/index.ts";
import { defaultLoad, planLoad, type LoadSettings } from "../lab/batch/load.ts";
import { runLoad, type RequestRecord } from "../lab/batch/run-load.ts";
import { StepLog } from "../lab/batch/step-log.ts";
import { summarizeLoad, type LoadSummary } from "../lab/batch/summary.ts";
import { runSweep, sweepConcurrencies, type SweepPoint } from "../lab/batch/sweep.ts";
import { waitUnlessAborted } from "../lab/wait.ts";
import type { EnginePort } from "./engine-port.ts";

export type Batching = EnginePolicy["batching"];

export interface BatchRun {
  readonly key: number;
  /** As it was in effect. */
  readonly policy: EnginePolicy;
  readonly load: LoadSettings;
  /** Grows outside of React while the run lasts. */
  readonly log: StepLog;
  readonly state: "running" | "done" | "cancelled";
  readonly records: readonly RequestRecord[];
  /** Null while it runs. */
  readonly summary: LoadSummary | null;
}

/** What keeps the engine busy, with its progress. */
export interface Activity {
  readonly kind: "run" | "sweep";
  readonly label: string;
  readonly done: number;
  readonly total: number;
}

export interface BatchState {
  readonly load: LoadSettings;
  /** In effect, as the engine told last; null before it was asked. */
  readonly policy: EnginePolicy | null;
  /** Why the engine refused the last change of its policy. */
  readonly refusal: SerializedError | null;
  /** All of the same arrivals. */
  readonly runs: readonly BatchRun[];
  readonly sweep: readonly SweepPoint[];
  /** Policy and load that the sweep ran with. */
  readonly sweptWith: { readonly policy: EnginePolicy; readonly load: LoadSettings } | null;
  readonly activity: Activity | null;
  readonly error: SerializedError | null;
}

export interface BatchActions {
  setLoad(change: Partial<LoadSettings>): void;
  /** Changes the engine's policy; `{}` asks what is in effect. False when it was refused. */
  configure(change: Partial<EnginePolicy>): Promise<boolean>;
  /** As it was when the model was loaded. */
  resetPolicy(): Promise<void>;
  send(): Promise<void>;
  /** The arrivals of the runs on screen once more, in another mode, beside them. */
  rerun(batching: Batching): Promise<void>;
  /** One run in each mode, same arrivals; the mode is then as before. */
  compare(modes: readonly Batching[]): Promise<void>;
  sweep(): Promise<void>;
  cancel(): void;
}

export interface Batch {
  readonly store: StoreApi<BatchState>;
  readonly actions: BatchActions;
}

export function createBatch(
  inferscope: Pick<Inferscope, "generate" | "clearCache" | "configure">,
  port: Pick<EnginePort, "status" | "onStep">,
  now: () => number,
): Batch {
  const store = createStore<BatchState>(() => ({
    load: defaultLoad,
    policy: null,
    refusal: null,
    runs: [],
    sweep: [],
    sweptWith: null,
    activity: null,
    error: null,
  }));
  let controller: AbortController | null = null;
  let nextKey = 1;

  const updateRun = (key: number, change: Partial<BatchRun>) =>
    store.setState(({ runs }) => ({
      runs: runs.map((run) => (run.key === key ? { ...run, ...change } : run)),
    }));

  const configure = async (change: Partial<EnginePolicy>): Promise<EnginePolicy> => {
    const policy = await inferscope.configure(change);
    store.setState({ policy, refusal: null });
    return policy;
  };

  const startLog = () => {
    const log = new StepLog();
    return { log, stop: port.onStep((trace) => log.add(trace)) };
  };

  /** One run, from an empty prefix cache; the runs on screen before it stay beside it. */
  const run = async (policy: EnginePolicy, load: LoadSettings, signal: AbortSignalLike) => {
    const planned = planLoad(load);
    await inferscope.clearCache();
    const { log, stop } = startLog();
    const key = nextKey++;
    const started: BatchRun = { key, policy, load, log, state: "running", records: [], summary: null };
    let done = 0;
    const progress = () =>
      store.setState({
        activity: { kind: "run", label: `${policy.batching} batching`, done, total: planned.length },
      });
    store.setState(({ runs }) => ({
      // A mode is on screen once.
      runs: [...runs.filter((other) => other.policy.batching !== policy.batching), started],
    }));
    progress();
    const records = await runLoad(inferscope, planned, {
      signal,
      now,
      wait: waitUnlessAborted,
      onSubmit: (requestId, label, submittedMs) => log.addLane(requestId, label, submittedMs),
      onEnd: ({ requestId, metrics, submittedMs }) => {
        log.endLane(requestId, metrics === null ? now() : submittedMs + metrics.e2eLatencyMs);
        done += 1;
        progress();
      },
    });
    stop();
    updateRun(key, {
      state: signal.aborted ? "cancelled" : "done",
      records,
      summary: summarizeLoad(records),
    });
    const failure = records.find(({ error }) => error !== null)?.error;
    if (failure != null) throw failedRequests(records, failure);
  };

  /** One activity at a time; what goes wrong ends in the state. */
  const act = async (work: (signal: AbortSignalLike) => Promise<void>): Promise<void> => {
    if (controller !== null) return;
    const own = new AbortController();
    controller = own;
    store.setState({ error: null });
    try {
      await work(own.signal);
    } catch (error) {
      const failure = serializeError(error);
      if (failure.kind !== "aborted") store.setState({ error: failure });
    } finally {
      controller = null;
      store.setState({ activity: null });
    }
  };

  const compare = (modes: readonly Batching[], load: LoadSettings, keep: boolean) =>
    act(async (signal) => {
      const before = await configure({});
      if (!keep) store.setState({ runs: [] });
      try {
        for (const batching of modes) {
          if (signal.aborted) return;
          await run(await configure({ batching }), load, signal);
        }
      } finally {
        await configure({ batching: before.batching });
      }
    });

  const actions: BatchActions = {
    setLoad: (change) => store.setState(({ load }) => ({ load: { ...load, ...change } })),
    configure: async (change) => {
      try {
        await configure(change);
        return true;
      } catch (error) {
        store.setState({ refusal: serializeError(error) });
        return false;
      }
    },
    resetPolicy: async () => {
      const initial = port.status.loaded?.policy;
      if (initial != null) await actions.configure(initial);
    },
    send: () =>
      act(async (signal) => {
        const { load } = store.getState();
        const policy = await configure({});
        store.setState({ runs: [] });
        await run(policy, load, signal);
      }),
    rerun: async (batching) => {
      const { runs, load } = store.getState();
      await compare([batching], runs[0]?.load ?? load, true);
    },
    compare: (modes) => compare(modes, store.getState().load, false),
    sweep: () =>
      act(async (signal) => {
        const { load } = store.getState();
        const policy = await configure({});
        store.setState({ sweep: [], sweptWith: { policy, load } });
        const progress = (done: number) =>
          store.setState({
            activity: { kind: "sweep", label: "sweep", done, total: sweepConcurrencies.length },
          });
        progress(0);
        await runSweep(inferscope, load, {
          signal,
          now,
          wait: waitUnlessAborted,
          startLog,
          onPoint: (point) => {
            store.setState(({ sweep }) => ({ sweep: [...sweep, point] }));
            progress(store.getState().sweep.length);
          },
        });
      }),
    cancel: () => controller?.abort(),
  };
  return { store, actions };
}

function failedRequests(records: readonly RequestRecord[], first: SerializedError): InferscopeError {
  const numFailed = records.filter(({ error }) => error !== null).length;
  return new InferscopeError(
    first.kind,
    `${numFailed} of ${records.length} requests failed: ${first.message}`,
    {
      ...(first.hint === undefined ? {} : { hint: first.hint }),
      ...(first.details === undefined ? {} : { details: { ...first.details } }),
    },
  );
}
