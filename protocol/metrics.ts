import type { EpochMs } from "./ids.ts";

/** What it cost to hold a request's tokens to its response format, on the CPU. */
export interface ConstraintCost {
  /** From schema to grammar, before the request could be queued; part of its queue time. */
  readonly compileMs: number;
  /** Computing the masks of allowed tokens, of all choices, and the request's share of their upload. */
  readonly maskMs: number;
  /** Masks computed: one a drawn token. */
  readonly numMasks: number;
}

/** Metrics of one request. Formulas stand in `metricFormulas` and beside every figure. */
export interface RequestMetrics {
  readonly numPromptTokens: number;
  /** Prompt tokens served from a prefix cache; null where the backend does not tell. */
  readonly numCachedTokens: number | null;
  readonly numOutputTokens: number;
  readonly queueTimeMs: number | null;
  /** Time in which the prompt was computed: first scheduled to first token. */
  readonly prefillTimeMs: number | null;
  readonly ttftMs: number | null;
  readonly itlMs: readonly number[];
  /** Null below two output tokens. */
  readonly tpotMs: number | null;
  readonly e2eLatencyMs: number;
  readonly numPreemptions: number;
  /** Only where tokens were constrained by a response format. */
  readonly constraint?: ConstraintCost;
}

/** When things happened to one request; all from one clock. */
export interface RequestTimeline {
  readonly submittedMs: EpochMs;
  readonly firstScheduledMs: EpochMs | null;
  readonly tokenMs: readonly EpochMs[];
  readonly finishedMs: EpochMs;
}

export function requestMetrics(
  timeline: RequestTimeline,
  counts: { numPromptTokens: number; numCachedTokens: number | null; numPreemptions: number },
): RequestMetrics {
  const { submittedMs, firstScheduledMs, tokenMs, finishedMs } = timeline;
  const first = tokenMs[0];
  const last = tokenMs.at(-1);
  const itlMs = tokenMs.slice(1).map((time, index) => time - (tokenMs[index] ?? time));
  return {
    ...counts,
    numOutputTokens: tokenMs.length,
    queueTimeMs: firstScheduledMs === null ? null : firstScheduledMs - submittedMs,
    prefillTimeMs: first === undefined || firstScheduledMs === null ? null : first - firstScheduledMs,
    ttftMs: first === undefined ? null : first - submittedMs,
    itlMs,
    tpotMs:
      first === undefined || last === undefined || itlMs.length === 0 ? null : (last - first) / itlMs.length,
    e2eLatencyMs: (last ?? finishedMs) - submittedMs,
  };
}

/** One definition each; the UI shows it on hover, the docs list it. */
export const metricFormulas = {
  queueTimeMs: "first scheduled − submitted",
  prefillTimeMs: "first token − first scheduled",
  ttftMs: "first token − submitted",
  itlMs: "every gap between consecutive tokens, pooled",
  tpotMs: "(last token − first token) / (output tokens − 1), for two or more",
  e2eLatencyMs: "last token − submitted",
  maskMs: "time to compute and upload the masks of allowed tokens / masks",
  outputTokensPerSecond: "sum of output tokens / wall time",
} as const;
