/** What the Compare view shows, from a report or from a run on its way. Pure. */
import { latencyScale, type LatencyScale } from "../../charts/latency-scale.ts";
import type { StripToken } from "../../charts/TokenStrip.tsx";
import type { WaterfallRow, WaterfallSegment } from "../../charts/CallWaterfall.tsx";
import type {
  CompareReport,
  Difference,
  RowMetric,
  PlanSummary,
} from "../../lab/experiments/compare/report.ts";
import type { Sample } from "../../lab/sample.ts";
import type { LiveCall, LiveSample } from "../../lab/experiments/compare/live.ts";

export interface Pair {
  readonly from: PlanSummary;
  readonly to: PlanSummary;
  readonly differences: readonly Difference[];
}

/** Null where one of the plans answered no row. */
export function pairOf(report: CompareReport, fromId: string, toId: string): Pair | null {
  const from = report.plans.find(({ plan }) => plan === fromId);
  const to = report.plans.find(({ plan }) => plan === toId);
  if (from === undefined || to === undefined || from === to) return null;
  const own = report.differences.filter((difference) => difference.from === fromId && difference.to === toId);
  const reverse = report.differences.filter(
    (difference) => difference.from === toId && difference.to === fromId,
  );
  return { from, to, differences: own.length > 0 ? own : reverse.map(reversed) };
}

function reversed(difference: Difference): Difference {
  const [low, high] = difference.interval;
  const { ratio, ratioInterval } = difference;
  return {
    ...difference,
    from: difference.to,
    to: difference.from,
    fromValue: difference.toValue,
    toValue: difference.fromValue,
    difference: -difference.difference,
    interval: [-high, -low],
    ratio: ratio === null || ratio === 0 ? null : 1 / ratio,
    ratioInterval:
      ratioInterval === null || ratioInterval[0] <= 0 ? null : [1 / ratioInterval[1], 1 / ratioInterval[0]],
  };
}

const higherIsBetter: readonly RowMetric[] = ["parseRate", "accuracy"];

export type Verdict = "better" | "worse" | "same";

/**
 * `same` where the interval holds zero: such a difference may be chance. Cached tokens are
 * neither: a plan that sends nothing twice has nothing to find in the cache.
 */
export function verdictOf({ metric, difference, interval: [low, high], n }: Difference): Verdict {
  if (metric === "cachedTokens" || difference === 0 || (n > 1 && low <= 0 && high >= 0)) return "same";
  return difference > 0 === higherIsBetter.includes(metric) ? "better" : "worse";
}

/** Percent that the ratio's interval spans around 1: [-53, -44]; null for a single row. */
export function intervalPercent({
  ratioInterval,
  n,
}: Pick<Difference, "ratioInterval" | "n">): readonly [number, number] | null {
  if (ratioInterval === null || n < 2) return null;
  return [(ratioInterval[0] - 1) * 100, (ratioInterval[1] - 1) * 100];
}

/** The answer to the view's question in words, whichever way the measurement fell. */
export function verdictText({ from, to, differences }: Pair): string {
  const time = differences.find(({ metric }) => metric === "e2eMs");
  const accuracy = accuracyText(from, to);
  if (time === undefined || time.ratio === null) return accuracy;
  const percent = Math.abs(Math.round((time.ratio - 1) * 100));
  const rows = time.n === 1 ? "one row, so this may be chance" : `${time.n} rows`;
  switch (verdictOf(time)) {
    case "same":
      return `No difference in time between the two can be told from chance here (${rows}). ${accuracy}`;
    case "better":
      return `${to.title} took ${percent}% less time per row than ${lower(from.title)} (${rows}). ${accuracy}`;
    case "worse":
      return `${to.title} took ${percent}% more time per row than ${lower(from.title)} (${rows}). ${accuracy}`;
  }
}

function accuracyText(from: PlanSummary, to: PlanSummary): string {
  if (from.accuracy === null || to.accuracy === null) {
    return "Answers are not judged: the weights are random.";
  }
  const share = (accuracy: number, n: number): string => `${Math.round(accuracy * n)} of ${n}`;
  if (from.accuracy === 0 && to.accuracy === 0) {
    return "Neither got a row right: read the times, not the answers.";
  }
  return `Right answers: ${share(to.accuracy, to.n)} against ${share(from.accuracy, from.n)}.`;
}

const lower = (title: string): string => `the ${title.charAt(0).toLowerCase()}${title.slice(1)}`;

/** The sample of a plan on a row: the first repeat that was answered, else the first that failed. */
export function sampleOf(report: CompareReport, planId: string, row: number): Sample | null {
  const own = report.samples.filter((sample) => sample.planId === planId && sample.row === row);
  return own.find(({ error }) => error === null) ?? own[0] ?? null;
}

export const asLive = (sample: Sample): LiveSample => ({
  row: sample.row,
  calls: sample.calls.map((record) => ({
    callId: record.callId,
    messages: record.messages,
    tokens: record.tokens,
    record,
  })),
});

/** Latency of each output token: TTFT first (null while the call runs), then the gaps. */
export function tokenLatencies({ tokens, record }: LiveCall): readonly (number | null)[] {
  return tokens.map(({ atMs }, index) => {
    const before = tokens[index - 1];
    return before === undefined ? (record?.metrics.ttftMs ?? null) : atMs - before.atMs;
  });
}

/** Prompt and answer of one call. Without the prompt's pieces, its text stands as one token. */
export function stripTokens(call: LiveCall): readonly StripToken[] {
  const numCached = call.record?.metrics.numCachedTokens ?? 0;
  const pieces = call.record?.promptPieces ?? [call.messages.map(({ content }) => content).join("\n")];
  const known = call.record?.promptPieces != null;
  const latencies = tokenLatencies(call);
  return [
    ...pieces.map((text, index): StripToken => {
      return { id: null, text, kind: known && index < numCached ? "cached" : "prompt", ms: null };
    }),
    ...call.tokens.map(({ text }, index): StripToken => {
      return { id: null, text, kind: "output", ms: latencies[index] ?? null };
    }),
  ];
}

/** One scale for all strips that are compared. Gaps only: a TTFT would take all the colours. */
export function sharedScale(samples: readonly (LiveSample | null)[]): LatencyScale | null {
  const gaps = samples.flatMap((sample) =>
    (sample?.calls ?? []).flatMap((call) => tokenLatencies(call).slice(1)),
  );
  return latencyScale(gaps.filter((ms) => ms !== null));
}

/** A row a call: queue, what the cache gave (no time), prefill, decode. Calls on their way have none yet. */
export function waterfallRows({ calls }: LiveSample): readonly WaterfallRow[] {
  const done = calls.flatMap(({ record }) => (record === null ? [] : [record]));
  const origin = Math.min(...done.map(({ startMs }) => startMs));
  return done.map(({ callId, startMs, metrics }) => {
    const start = startMs - origin;
    const scheduled = start + (metrics.queueTimeMs ?? 0);
    const first = start + (metrics.ttftMs ?? metrics.e2eLatencyMs);
    const cached = metrics.numCachedTokens ?? 0;
    const segments: readonly WaterfallSegment[] = [
      { phase: "queue", startMs: start, endMs: scheduled },
      ...(cached > 0 ? [{ phase: "cached", startMs: scheduled, endMs: scheduled } as const] : []),
      { phase: "prefill", startMs: scheduled, endMs: first },
      { phase: "decode", startMs: first, endMs: start + metrics.e2eLatencyMs },
    ];
    return {
      id: callId,
      label: callId,
      segments,
      ...(cached > 0 ? { note: `${cached} of ${metrics.numPromptTokens} cached` } : {}),
    };
  });
}

/** Right end of both waterfalls. */
export function latestEnd(samples: readonly (LiveSample | null)[]): number {
  const ends = samples.flatMap((sample) =>
    sample === null
      ? []
      : waterfallRows(sample).flatMap(({ segments }) => segments.map(({ endMs }) => endMs)),
  );
  return Math.max(1, ...ends);
}

/** What a call said, for those who hear it: not more often than they can follow. */
export function progressText(done: number, total: number, numFailed: number): string {
  if (total === 0) return "Warming up";
  const failed = numFailed === 0 ? "" : `, ${numFailed} failed`;
  return `${done} of ${total} runs done${failed}`;
}
