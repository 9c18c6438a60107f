/** What the Batch view shows, from runs, step logs and the policy; pure. */
import {
  metricFormulas,
  type Capabilities,
  type EnginePolicy,
  type SerializedError,
} from "../../../protocol/index.ts";
import { batchingNames, failureText, type BatchMode } from "../../lab/experiments/batch/findings.ts";
import type { LoadSettings } from "../../lab/load/load.ts";
import { stepFigures } from "../../lab/load/step-figures.ts";
import { lanePhases, type StepLog } from "../../lab/load/step-log.ts";
import type { LoadSummary } from "../../lab/load/summary.ts";
import type { Run } from "../../store/runs.ts";
import { formatChange, formatMs, formatNumber, unknown } from "../../lab/format.ts";

export { batchingNames };

/** Whether the loaded engine batches on this device; else why the view has nothing to show. */
export function engineProblem(capabilities: Capabilities | null): string | null {
  if (capabilities === null || capabilities.batching === "continuous") return null;
  return capabilities.batching === "queue"
    ? "The loaded engine answers one request at a time and tells nothing of its steps."
    : "The loaded engine runs on a server, which tells nothing of its steps.";
}

export type Batching = EnginePolicy["batching"];

/** One mode of a run, on its way or measured. */
export interface ShownMode {
  readonly batching: Batching;
  readonly policy: EnginePolicy;
  readonly log: StepLog;
  /** Null while it runs. */
  readonly measured: BatchMode | null;
}

/** What lanes and steps are drawn from lives with the page: a report alone has none. */
export function shownModes(run: Run<"batch"> | null): readonly ShownMode[] {
  return (run?.live?.modes ?? []).map(({ policy, log }) => ({
    ...{ batching: policy.batching, policy, log },
    measured: run?.report?.modes.find((mode) => mode.policy.batching === policy.batching) ?? null,
  }));
}

/** Of modes in which not all requests were answered. */
export const failuresOf = (modes: readonly BatchMode[]): readonly SerializedError[] =>
  modes.flatMap(({ requests, errors }) => {
    const message = failureText(errors, requests.length);
    const first = requests.find(({ error }) => error !== null)?.error;
    return message === null || first == null ? [] : [{ ...first, message }];
  });

const phaseWords = {
  queue: "in the queue",
  cached: "from the prefix cache",
  prefill: "prefill",
  decode: "decode",
  preempted: "preempted, waiting to be computed again",
  "request-limit": "waiting for the limit of requests",
  "token-limit": "waiting for the limit of tokens",
  retry: "waiting to try again",
} as const;

/** "3 email · decode · 12.3 ms at 240 ms · step 41 with 4 sequences". */
export function describeSegment(log: StepLog, index: number): string {
  const { segments, steps } = log;
  const phase = lanePhases[segments.phase.at(index)];
  const lane = log.lanes[segments.lane.at(index)];
  if (phase === undefined || lane === undefined) return "";
  const startMs = segments.startMs.at(index);
  const at = `at ${formatMs(startMs - log.originMs)}`;
  const duration = formatMs(segments.endMs.at(index) - startMs);
  const who = lane.requestId === "" ? lane.label : `${lane.label} (${lane.requestId})`;
  const row = segments.row.at(index);
  const numTokens = segments.numTokens.at(index);
  if (Number.isNaN(row)) return `${who} · ${phaseWords[phase]} · ${duration} ${at}`;
  if (phase === "cached") return `${who} · ${plural(numTokens, "prompt token")} ${phaseWords.cached} ${at}`;
  const size = plural(steps.numSequences.at(row), "sequence");
  const tokens = phase === "prefill" ? ` of ${plural(numTokens, "token")}` : "";
  return `${who} · ${phaseWords[phase]}${tokens} · ${duration} ${at} · step ${steps.step.at(row)} with ${size}`;
}

export interface Figure {
  readonly label: string;
  readonly formula: string;
  readonly value: string;
  readonly note: string;
}

export function runFigures(summary: LoadSummary, log: StepLog): readonly Figure[] {
  const steps = stepFigures(log);
  const numEvictions = log.events.filter(({ kind }) => kind === "eviction").length;
  return [
    {
      label: "Wall time",
      formula: "last token of the last request − first request sent",
      value: formatMs(summary.wallMs),
      note: requestsNote(summary),
    },
    {
      label: "Output rate",
      formula: metricFormulas.outputTokensPerSecond,
      value: rate(summary),
      note: `n = ${summary.numOutputTokens} tokens`,
    },
    quantileFigure("TTFT", metricFormulas.ttftMs, summary.ttftMs, "requests"),
    quantileFigure("ITL", metricFormulas.itlMs, summary.itlMs, "gaps"),
    {
      label: "Sequences a step",
      formula: "mean over the steps, weighted by their time",
      value: formatNumber(steps.meanSequences),
      note: `most ${steps.mostSequences}; ${steps.numSharedSteps} of ${steps.numSteps} steps shared`,
    },
    {
      label: "Prompt tokens cached",
      formula: "prompt tokens found in the prefix cache / prompt tokens",
      value: String(summary.numCachedTokens),
      note: `of ${summary.numPromptTokens}`,
    },
    {
      label: "Preemptions",
      formula: "times a running request lost its blocks and had to wait again",
      value: String(log.events.length - numEvictions),
      note: `${plural(numEvictions, "eviction")} from the cache`,
    },
  ];
}

function quantileFigure(label: string, formula: string, values: LoadSummary["itlMs"], of: string): Figure {
  return {
    label: `${label} p50`,
    formula,
    value: formatMs(values?.p50 ?? null),
    note: values === null ? "nothing measured" : `p95 ${formatMs(values.p95)}, n = ${values.n} ${of}`,
  };
}

function rate({ outputTokensPerSecond }: LoadSummary): string {
  return outputTokensPerSecond === null ? unknown : `${formatNumber(outputTokensPerSecond)} tok/s`;
}

function requestsNote({ numFinished, numFailed, numAborted, numInterrupted }: LoadSummary): string {
  const parts = [`n = ${plural(numFinished, "request")}`];
  if (numFailed > 0) parts.push(`${numFailed} failed`);
  if (numAborted > 0) parts.push(`${numAborted} aborted`);
  if (numInterrupted > 0) parts.push(`${numInterrupted} interrupted, their times left out`);
  return parts.join(", ");
}

/** One row a figure, one value a run, and the change from the first run to the second. */
export interface ComparedFigure {
  readonly label: string;
  readonly formula: string;
  readonly values: readonly string[];
  readonly change: string;
}

export function comparedFigures(modes: readonly ShownMode[]): readonly ComparedFigure[] {
  const summaries = modes.map(({ measured }) => measured?.summary);
  const steps = modes.map(({ log }) => stepFigures(log));
  const row = (
    label: string,
    formula: string,
    numbers: readonly (number | null | undefined)[],
    format: (value: number | null) => string,
  ): ComparedFigure => {
    const [from, to] = numbers;
    return {
      label,
      formula,
      values: numbers.map((value) => format(value ?? null)),
      change: from == null || to == null ? unknown : formatChange(from, to),
    };
  };
  return [
    row(
      "wall time",
      "last token of the last request − first request sent",
      summaries.map((each) => each?.wallMs),
      formatMs,
    ),
    row(
      "output tok/s",
      metricFormulas.outputTokensPerSecond,
      summaries.map((each) => each?.outputTokensPerSecond),
      formatNumber,
    ),
    row(
      "TTFT p50",
      metricFormulas.ttftMs,
      summaries.map((each) => each?.ttftMs?.p50),
      formatMs,
    ),
    row(
      "TTFT p95",
      metricFormulas.ttftMs,
      summaries.map((each) => each?.ttftMs?.p95),
      formatMs,
    ),
    row(
      "ITL p50",
      metricFormulas.itlMs,
      summaries.map((each) => each?.itlMs?.p50),
      formatMs,
    ),
    row(
      "ITL p95",
      metricFormulas.itlMs,
      summaries.map((each) => each?.itlMs?.p95),
      formatMs,
    ),
    row(
      "E2E p50",
      metricFormulas.e2eLatencyMs,
      summaries.map((each) => each?.e2eMs?.p50),
      formatMs,
    ),
    row(
      "steps",
      "engine steps that served these requests",
      steps.map((each) => each.numSteps),
      formatNumber,
    ),
    row(
      "sequences a step",
      "mean over the steps, weighted by their time",
      steps.map((each) => each.meanSequences),
      formatNumber,
    ),
    row(
      "preemptions",
      "times a running request lost its blocks and had to wait again",
      summaries.map((each) => each?.numPreemptions),
      formatNumber,
    ),
  ];
}

/** Why static and continuous would do the same with this load, and what to change; null where they differ. */
export function sameBatchHint(load: LoadSettings, policy: EnginePolicy | null): string | null {
  if (policy === null || load.arrivals !== "burst" || load.numRequests > policy.maxNumSeqs) return null;
  return `All ${load.numRequests} requests fit into one batch of ${policy.maxNumSeqs}: static and continuous then run the same steps. Allow fewer sequences at once, or spread the arrivals.`;
}

/** Whole number from what was typed, or what is wrong with it. */
export function parseWhole(name: string, text: string): { value: number } | { problem: string } {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value)) {
    return { problem: `${name} is "${text}", it must be a whole number` };
  }
  return { value };
}

const mebibyte = 2 ** 20;

export function poolMebibytes(policy: EnginePolicy, kvBytesPerToken: number): number {
  return (policy.numBlocks * policy.blockSize * kvBytesPerToken) / mebibyte;
}

/** Whole blocks that fit into so many MiB, or what is wrong with it. */
export function blocksOf(
  text: string,
  { blockSize }: EnginePolicy,
  kvBytesPerToken: number,
): { value: number } | { problem: string } {
  const mebibytes = Number(text);
  if (text.trim() === "" || !Number.isFinite(mebibytes)) {
    return { problem: `the KV pool is "${text}" MiB, it must be a number` };
  }
  const blockBytes = blockSize * kvBytesPerToken;
  const value = Math.floor((mebibytes * mebibyte) / blockBytes);
  if (value < 1) {
    return { problem: `${text} MiB hold no block: ${blockSize} tokens take ${blockBytes} bytes` };
  }
  return { value };
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
