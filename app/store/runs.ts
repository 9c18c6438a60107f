/**
 * Every run of every experiment, whoever started it: one at a time, with its progress and its live
 * view, kept while other views are shown, saved among the reports when it ends.
 */
import { createStore, type StoreApi } from "zustand/vanilla";

import {
  InferscopeError,
  serializeError,
  type AbortSignalLike,
  type SerializedError,
  type StepTrace,
} from "../../protocol/index.ts";
import type { LabContext } from "../lab/context.ts";
import type { Experiment, LiveRun, ProgressEvent, Report } from "../lab/experiment.ts";
import {
  loadExperiment,
  type ExperimentId,
  type LiveOf,
  type OptionsOf,
  type ReportOf,
} from "../lab/experiments/index.ts";
import type { StepFeed } from "./step-feed.ts";

export interface Run<Id extends ExperimentId = ExperimentId> {
  /** Grows from run to run. */
  readonly key: number;
  readonly id: Id;
  /** The experiment's; its id until its code is there. */
  readonly title: string;
  /** As asked for. */
  readonly options: OptionsOf<Id>;
  /** `cancelled`: what was measured until then is in the report, if there is one. */
  readonly state: "running" | "done" | "cancelled" | "failed";
  /** Null until the experiment says so: it loads, or warms up. */
  readonly progress: Omit<ProgressEvent, "type"> | null;
  /** Filled outside of React; `tick` grows with it, at most once a frame. */
  readonly live: LiveOf<Id> | null;
  readonly tick: number;
  readonly report: ReportOf<Id> | null;
  /** Among the reports; null where it could not be kept. */
  readonly reportId: string | null;
  /** Of a failed run. */
  readonly error: SerializedError | null;
}

export interface RunsState {
  /** What runs now. */
  readonly active: ExperimentId | null;
  /** By experiment, the run that was started last. */
  readonly latest: { readonly [Id in ExperimentId]?: Run<Id> };
  /** By experiment, the last one that ran to its end: a cancelled one never takes its place. */
  readonly whole: { readonly [Id in ExperimentId]?: Run<Id> };
}

export interface Runs {
  readonly store: StoreApi<RunsState>;
  /** Starts a run for a view: what goes wrong ends in its state. Does nothing while another one goes on. */
  start<Id extends ExperimentId>(id: Id, options: OptionsOf<Id>): void;
  /**
   * As `inferscope.run` does. `signal` and `onEvent` among the options are the caller's. Rejects with
   * what went wrong, and with `invalid-request` while another run goes on.
   */
  run(id: ExperimentId, options: Readonly<Record<string, unknown>>): Promise<Report>;
  /** Fetches an experiment's code before it is asked for: a view that shows it runs it without a network too. */
  readonly preload: (id: ExperimentId) => void;
  /** Of the run that goes on. */
  readonly cancel: () => void;
}

export interface RunsContext {
  readonly lab: LabContext;
  readonly feed: StepFeed;
  /** Keeps a report; its id, null where it could not be kept. Never rejects. */
  readonly save: (report: Report) => Promise<string | null>;
  /** Holds what a run needs held: the browser must not freeze the tab. */
  readonly hold: <Value>(work: () => Promise<Value>) => Promise<Value>;
}

export function createRuns({ lab, feed, save, hold }: RunsContext): Runs {
  const store = createStore<RunsState>(() => ({ active: null, latest: {}, whole: {} }));
  let controller: AbortController | null = null;
  let nextKey = 1;

  const update = (key: number, change: Partial<Run>): void =>
    store.setState(({ latest }) => {
      const entry = Object.values(latest).find((run) => run.key === key);
      return entry === undefined ? {} : { latest: { ...latest, [entry.id]: { ...entry, ...change } } };
    });
  feed.onTick(() => {
    const { active, latest } = store.getState();
    const run = active === null ? undefined : latest[active];
    if (run !== undefined) update(run.key, { tick: run.tick + 1 });
  });

  const run: Runs["run"] = async (id, { signal: asked, onEvent, ...options }) => {
    const { active, latest } = store.getState();
    if (active !== null) throw busy(latest[active]?.title ?? active);
    const own = new AbortController();
    controller = own;
    follow(asked, own);
    const key = nextKey++;
    const started: Run = {
      ...{ key, id, title: id, options, state: "running", progress: null, live: null, tick: 0 },
      ...{ report: null, reportId: null, error: null },
    };
    store.setState({ active: id, latest: { ...latest, [id]: started } });
    try {
      const experiment = await loaded(id);
      const { checkOptions } = await loadChecks();
      const checked = checkOptions(experiment.options, options);
      const live = experiment.live?.(checked) ?? null;
      // The table types what `Experiment` of any id cannot say.
      update(key, { title: experiment.title, live: live });
      const tell = isListener(onEvent) ? onEvent : () => undefined;
      const report = await hold(() =>
        watched(live, feed, () =>
          experiment.run(
            lab,
            checked,
            (event) => {
              if (isProgress(event)) update(key, { progress: event });
              else live?.take(event);
              feed.touch();
              tell(event);
            },
            own.signal,
          ),
        ),
      );
      const reportId = await save(report);
      update(key, {
        ...{ state: report.aborted ? "cancelled" : "done", progress: null, reportId },
        report: report as Run["report"],
      });
      const ended = store.getState().latest[id];
      if (!report.aborted && ended !== undefined) {
        store.setState(({ whole }) => ({ whole: { ...whole, [id]: ended } }));
      }
      return report;
    } catch (cause) {
      const error = serializeError(cause);
      const isCancelled = error.kind === "aborted";
      update(key, {
        ...{ state: isCancelled ? "cancelled" : "failed", progress: null },
        error: isCancelled ? null : error,
      });
      throw cause;
    } finally {
      controller = null;
      store.setState({ active: null });
    }
  };

  return {
    store,
    run,
    start: (id, options) => {
      if (store.getState().active !== null) return;
      // Told in the run's state.
      run(id, options).catch(() => undefined);
    },
    // What it runs, and what keeps its report. A run that needs what did not come asks again, and says so.
    preload: (id) =>
      void Promise.all([loadExperiment(id), loadChecks(), import("../lab/reports/read.ts")]).catch(
        () => undefined,
      ),
    cancel: () => controller?.abort(),
  };
}

/** What a view shows of an experiment. */
export interface ShownRun<Id extends ExperimentId> {
  /** Null while none goes on. */
  readonly running: Run<Id> | null;
  /** The last whole run, or, before there is one, what a cancelled one measured. */
  readonly shown: (Run<Id> & { readonly report: ReportOf<Id> }) | null;
  /** A later run than the one shown was cancelled; its report, if any, is among the reports. */
  readonly wasCancelled: boolean;
  /** Why the last run failed. */
  readonly error: SerializedError | null;
}

export function shownRun<Id extends ExperimentId>(
  latest: Run<Id> | null,
  whole: Run<Id> | null,
): ShownRun<Id> {
  const shown = whole ?? latest;
  return {
    running: latest?.state === "running" ? latest : null,
    shown: shown?.report == null ? null : { ...shown, report: shown.report },
    wasCancelled: whole !== null && latest !== null && latest.key > whole.key && latest.state === "cancelled",
    error: latest?.error ?? null,
  };
}

const loadChecks = () => import("../lab/option.ts");

async function loaded(id: ExperimentId): Promise<Experiment> {
  try {
    return await loadExperiment(id);
  } catch (cause) {
    throw new InferscopeError("app-part", `The code of the experiment "${id}" did not load.`, {
      cause,
      hint: "Check the connection and load the page again.",
    });
  }
}

/** The live view hears of the steps while `work` goes on. */
async function watched<Value>(
  live: LiveRun<{ readonly type: string }> | null,
  feed: StepFeed,
  work: () => Promise<Value>,
): Promise<Value> {
  const stop = live?.step === undefined ? null : feed.onStep((trace: StepTrace) => live.step?.(trace));
  try {
    return await work();
  } finally {
    stop?.();
  }
}

const busy = (title: string): InferscopeError =>
  new InferscopeError(
    "invalid-request",
    `Another run goes on: ${title}. Two at once would measure each other.`,
    {
      hint: "Wait until it is done, or cancel it.",
    },
  );

/** The caller's signal, which came unchecked, cancels the run. */
function follow(signal: unknown, controller: AbortController): void {
  if (!isSignal(signal)) return;
  if (signal.aborted) controller.abort();
  else signal.addEventListener("abort", () => controller.abort());
}

const isSignal = (value: unknown): value is AbortSignalLike =>
  typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value;

const isListener = (value: unknown): value is (event: unknown) => void => typeof value === "function";

const isProgress = (event: { readonly type: string }): event is ProgressEvent => event.type === "progress";
