import { InferscopeError } from "./errors.ts";
import type { EpochMs } from "./ids.ts";

/** What it cost to hold a request's tokens to its response format, on the CPU. */
export interface ConstraintCost {
  /** From schema to grammar: part of the queue time, or, on WebLLM, beside the prefill. */
  readonly compileMs: number;
  /** Computing the masks of allowed tokens, of all choices, and the request's share of their upload. */
  readonly maskMs: number;
  /** Masks computed: one a drawn token. */
  readonly numMasks: number;
}

/** What an engine measured of a request itself, by its own clock; null where it gave no number. */
export interface EngineFigures {
  readonly prefillTokensPerSecond: number | null;
  readonly decodeTokensPerSecond: number | null;
  readonly ttftMs: number | null;
  readonly tpotMs: number | null;
  readonly e2eLatencyMs: number | null;
}

/** Metrics of one request. Formulas stand in `metricFormulas` and beside every figure. */
export interface RequestMetrics {
  /** Null where the backend does not tell, as is `numOutputTokens`. */
  readonly numPromptTokens: number | null;
  /** Prompt tokens served from a prefix cache; null where the backend does not tell. */
  readonly numCachedTokens: number | null;
  readonly numOutputTokens: number | null;
  readonly queueTimeMs: number | null;
  /** Time in which the prompt was computed: first scheduled to first token. */
  readonly prefillTimeMs: number | null;
  readonly ttftMs: number | null;
  readonly itlMs: readonly number[];
  /** Gaps between pieces of text, where a piece may hold several tokens: then `itlMs` is empty. */
  readonly chunkGapMs?: readonly number[];
  /** Null below two output tokens. */
  readonly tpotMs: number | null;
  readonly e2eLatencyMs: number;
  readonly numPreemptions: number;
  /** Only where tokens were constrained by a response format. */
  readonly constraint?: ConstraintCost;
  /** Only where a server asked to wait; the wait is part of TTFT and end-to-end time. */
  readonly rateLimited?: RateLimited;
  /** Only where its times say nothing, whichever engine answered; marked by the page. */
  readonly interrupted?: Interruption;
  /** Only from engines that bring figures of their own (WebLLM's `usage.extra`). */
  readonly engineFigures?: EngineFigures;
}

/**
 * What came over a request: the tab was hidden; it was frozen (nothing of it ran); the machine
 * slept, the page stood still for seconds, or a clock was set.
 */
export type Interruption = "hidden" | "frozen" | "clock-jump";

/** What a server's limits cost a request. */
export interface RateLimited {
  /** Attempts that it refused. */
  readonly numRefused: number;
  readonly waitedMs: number;
}

/** Metrics of a request whose tokens were counted. */
export type CountedMetrics = RequestMetrics & {
  readonly numPromptTokens: number;
  readonly numOutputTokens: number;
};

export const isCounted = (metrics: RequestMetrics): metrics is CountedMetrics =>
  metrics.numPromptTokens !== null && metrics.numOutputTokens !== null;

/** Throws `unsupported` where the backend told no token counts: experiments compare those. */
export function counted(metrics: RequestMetrics): CountedMetrics {
  if (isCounted(metrics)) return metrics;
  throw new InferscopeError("unsupported", "The engine did not tell how many tokens this request took.", {
    hint: "A server must answer with `usage` (stream_options.include_usage) to be measured.",
  });
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
): CountedMetrics {
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
  chunkGapMs: "every gap between pieces of text that a server sent; a piece may hold several tokens",
  itlMs: "every gap between consecutive tokens, pooled",
  tpotMs: "(last token − first token) / (output tokens − 1), for two or more",
  e2eLatencyMs: "last token − submitted",
  maskMs: "time to compute and upload the masks of allowed tokens / masks",
  outputTokensPerSecond: "sum of output tokens / wall time",
} as const;
