/** What one run of one plan over one row left behind. Plain data: it goes into reports as it is. */
import type { CountedMetrics, Message, SerializedError } from "../../protocol/index.ts";
import type { Evaluation } from "./workloads/workload.ts";

/** Text of one output token and when it was there, in ms since the sample's start. */
export interface TimedToken {
  readonly text: string;
  readonly atMs: number;
}

export interface CallRecord {
  readonly callId: string;
  /** The engine's name for it, as in step traces. Missing in old recordings. */
  readonly requestId?: string;
  readonly messages: readonly Message[];
  /** When the call was submitted, in ms since the sample's start. */
  readonly startMs: number;
  readonly tokens: readonly TimedToken[];
  readonly text: string;
  readonly finishReason: "stop" | "length" | "abort";
  readonly metrics: CountedMetrics;
  /** The prompt token by token, template included; null where the backend does not tell. */
  readonly promptPieces: readonly string[] | null;
}

export interface Sample {
  readonly planId: string;
  /** Index of the row, and its label. */
  readonly row: number;
  readonly rowLabel: string;
  readonly repeat: number;
  /** Position in the order of measurement, from 0. */
  readonly order: number;
  /** When its first call was submitted, ms since the Unix epoch. Missing in old recordings. */
  readonly startedMs?: number;
  readonly calls: readonly CallRecord[];
  /** Null when a call failed: then the sample counts as failed and in no statistic. */
  readonly evaluation: Evaluation | null;
  readonly error: SerializedError | null;
  /** In recordings from before calls were marked (`metrics.interrupted`): the tab was hidden. */
  readonly hidden?: boolean;
}

/** Sums over a sample's calls. Times in ms. */
export interface SampleMetrics {
  readonly calls: number;
  readonly promptTokens: number;
  readonly cachedTokens: number | null;
  readonly outputTokens: number;
  /** First token of the first answer − start of the row. */
  readonly ttftMs: number | null;
  /** Last token of the last answer − start of the row. */
  readonly e2eMs: number;
  readonly queueMs: number | null;
  readonly prefillMs: number | null;
  readonly decodeMs: number;
}

export function sampleMetrics({ calls }: Sample): SampleMetrics {
  const start = Math.min(...calls.map(({ startMs }) => startMs));
  const firstTokens = calls.flatMap(({ startMs, metrics: { ttftMs } }) =>
    ttftMs === null ? [] : [startMs + ttftMs - start],
  );
  return {
    calls: calls.length,
    promptTokens: sum(calls.map(({ metrics }) => metrics.numPromptTokens)),
    cachedTokens: sumOrNull(calls.map(({ metrics }) => metrics.numCachedTokens)),
    outputTokens: sum(calls.map(({ metrics }) => metrics.numOutputTokens)),
    ttftMs: firstTokens.length === 0 ? null : Math.min(...firstTokens),
    e2eMs: Math.max(...calls.map(({ startMs, metrics }) => startMs + metrics.e2eLatencyMs)) - start,
    queueMs: sumOrNull(calls.map(({ metrics }) => metrics.queueTimeMs)),
    prefillMs: sumOrNull(calls.map(({ metrics }) => metrics.prefillTimeMs)),
    decodeMs: sum(
      calls.map(({ metrics }) => metrics.e2eLatencyMs - (metrics.ttftMs ?? metrics.e2eLatencyMs)),
    ),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** One unknown makes the sum unknown. */
function sumOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === values.length ? sum(known) : null;
}
