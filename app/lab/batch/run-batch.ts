/**
 * `inferscope.run("batch", options)`: the same arrivals under continuous, static and no batching,
 * and the output rate against concurrency.
 */
import {
  deserializeError,
  InferscopeError,
  now,
  type AbortSignalLike,
  type EnginePolicy,
} from "../../../protocol/index.ts";
import { loadOptions, policyOption } from "../check-options.ts";
import type { LabContext } from "../experiments.ts";
import type { Environment } from "../report.ts";
import { isSignal } from "../signal.ts";
import { waitUnlessAborted } from "../wait.ts";
import { withPolicy } from "../with-policy.ts";
import { defaultLoad, planLoad, type LoadSettings } from "./load.ts";
import { runLoad, type RequestRecord, type RunLoadOptions } from "./run-load.ts";
import { stepFigures, type StepFigures } from "./step-figures.ts";
import { StepLog } from "./step-log.ts";
import { summarizeLoad, type LoadSummary } from "./summary.ts";
import { runSweep, type SweepPoint } from "./sweep.ts";

export const batchReportVersion = 1;

export interface BatchMode {
  readonly policy: EnginePolicy;
  readonly summary: LoadSummary;
  readonly steps: StepFigures;
  readonly numEvictions: number;
  /** Of each request that failed. */
  readonly errors: readonly string[];
}

export interface BatchReport {
  readonly kind: "inferscope.batch";
  readonly version: typeof batchReportVersion;
  readonly environment: Environment;
  readonly load: LoadSettings;
  readonly modes: readonly BatchMode[];
  readonly sweepPolicy: EnginePolicy;
  readonly sweep: readonly SweepPoint[];
}

export interface BatchEvent {
  readonly type: "request-done" | "point-done";
  readonly done: number;
  readonly total: number;
}

const modes = ["continuous", "static", "none"] as const;
/** Where all requests fit into one batch, static and continuous batching do the same. */
const modePolicy: Partial<EnginePolicy> = { maxNumSeqs: 4 };
const standard: LoadSettings = { ...defaultLoad, numRequests: 16, maxTokens: 48, lengths: "mixed" };

type BatchLab = Pick<LabContext, "serving" | "environment">;

/**
 * Options: those of `loadOptions`, and `{sweep, policy, signal, onEvent}`. `sweep`: the
 * concurrencies, default 1, 2, 4, 8. `policy` is in effect for both parts; the three modes run with
 * `maxNumSeqs` 4 unless it says otherwise. Rejects with `aborted` when cancelled, and where no
 * request of a mode was answered.
 */
export async function runBatch(
  lab: BatchLab,
  options: Readonly<Record<string, unknown>>,
): Promise<BatchReport> {
  const load = loadOptions(options, standard);
  const concurrencies = sweepOption(options["sweep"]);
  const policy = policyOption(options);
  const { signal: given, onEvent } = options;
  const signal = isSignal(given) ? given : new AbortController().signal;
  const tell = isListener(onEvent) ? onEvent : () => undefined;
  const measured: BatchMode[] = [];
  await warmUp(lab, load, { ...modePolicy, ...policy }, signal);
  for (const [index, batching] of modes.entries()) {
    const change = { ...modePolicy, ...policy, batching };
    measured.push(
      await withPolicy(lab.serving, change, (inEffect) =>
        runMode(lab, load, inEffect, signal, (done) =>
          tell({
            type: "request-done",
            done: index * load.numRequests + done,
            total: modes.length * load.numRequests,
          }),
        ),
      ),
    );
  }
  const { sweep, sweepPolicy } = await withPolicy(lab.serving, policy, (inEffect) =>
    sweepUnder(lab, load, { concurrencies, signal, tell }, inEffect),
  );
  return {
    kind: "inferscope.batch",
    version: batchReportVersion,
    environment: await lab.environment(),
    load,
    modes: measured,
    sweepPolicy,
    sweep,
  };
}

/** Counts nowhere: the first run pays for compiled pipelines and first allocations. */
async function warmUp(
  { serving }: BatchLab,
  load: LoadSettings,
  policy: Partial<EnginePolicy>,
  signal: AbortSignalLike,
): Promise<void> {
  const short = planLoad({ ...load, arrivals: "burst", maxTokens: Math.min(4, load.maxTokens) });
  await withPolicy(serving, policy, () => runLoad(serving, short, hooks(signal)));
}

async function runMode(
  { serving }: BatchLab,
  load: LoadSettings,
  policy: EnginePolicy,
  signal: AbortSignalLike,
  onDone: (done: number) => void,
): Promise<BatchMode> {
  await serving.clearCache();
  const log = new StepLog();
  const stop = serving.onStep((trace) => log.add(trace));
  let done = 0;
  const records = await runLoad(serving, planLoad(load), {
    ...hooks(signal),
    onSubmit: (requestId, label, submittedMs) => log.addLane(requestId, label, submittedMs),
    onEnd: () => onDone((done += 1)),
  });
  stop();
  throwIfNothing(records, signal);
  return {
    policy,
    summary: summarizeLoad(records),
    steps: stepFigures(log),
    numEvictions: log.events.filter(({ kind }) => kind === "eviction").length,
    errors: records.flatMap(({ error }) => (error === null ? [] : [error.message])),
  };
}

interface SweepRun {
  readonly concurrencies: readonly number[];
  readonly signal: AbortSignalLike;
  readonly tell: (event: BatchEvent) => void;
}

async function sweepUnder(
  { serving }: BatchLab,
  load: LoadSettings,
  { concurrencies, signal, tell }: SweepRun,
  sweepPolicy: EnginePolicy,
) {
  const sweep: SweepPoint[] = [];
  await runSweep(serving, load, {
    ...hooks(signal),
    concurrencies,
    startLog: () => {
      const log = new StepLog();
      return { log, stop: serving.onStep((trace) => log.add(trace)) };
    },
    onPoint: (point) => {
      sweep.push(point);
      tell({ type: "point-done", done: sweep.length, total: concurrencies.length });
    },
  });
  if (signal.aborted) throw cancelled();
  return { sweep, sweepPolicy };
}

const hooks = (signal: AbortSignalLike): RunLoadOptions => ({ signal, now, wait: waitUnlessAborted });

const cancelled = (): InferscopeError => new InferscopeError("aborted", "The run was cancelled.");

function throwIfNothing(records: readonly RequestRecord[], signal: AbortSignalLike): void {
  if (signal.aborted) throw cancelled();
  if (records.some(({ metrics }) => metrics !== null)) return;
  const error = records.find((record) => record.error !== null)?.error;
  if (error != null)
    throw deserializeError({ ...error, message: `No request was answered: ${error.message}` });
}

function sweepOption(value: unknown): readonly number[] {
  if (value === undefined) return [1, 2, 4, 8];
  const isRight = (entry: unknown): entry is number =>
    typeof entry === "number" && Number.isInteger(entry) && entry >= 1 && entry <= 64;
  if (Array.isArray(value) && value.every(isRight)) return [...new Set(value)].sort((a, b) => a - b);
  throw new InferscopeError("invalid-request", `The option sweep is ${JSON.stringify(value)}.`, {
    hint: "Use a list of whole numbers from 1 to 64, or an empty one for no sweep.",
  });
}

function isListener(value: unknown): value is (event: BatchEvent) => void {
  return typeof value === "function";
}
