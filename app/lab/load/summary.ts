/** What a run of many requests comes to. Requests that failed or were aborted are counted apart. */
import { interruptionOf } from "../interruptions.ts";
import { quantile } from "../statistics/bootstrap.ts";
import type { RequestRecord } from "./run-load.ts";

export interface Quantiles {
  readonly n: number;
  readonly p50: number;
  readonly p95: number;
}

export interface LoadSummary {
  /** Requests that ran to their end. */
  readonly numFinished: number;
  readonly numFailed: number;
  readonly numAborted: number;
  /** Of the finished ones, those whose times do not count; see `interruptions.ts`. */
  readonly numInterrupted: number;
  /** First request sent to last token received; null where nothing finished, or a request was interrupted. */
  readonly wallMs: number | null;
  readonly numOutputTokens: number;
  readonly numPromptTokens: number;
  readonly numCachedTokens: number;
  readonly outputTokensPerSecond: number | null;
  readonly ttftMs: Quantiles | null;
  /** All gaps of all requests, pooled. */
  readonly itlMs: Quantiles | null;
  readonly e2eMs: Quantiles | null;
  readonly numPreemptions: number;
}

export function summarizeLoad(records: readonly RequestRecord[]): LoadSummary {
  const finished = records.flatMap(({ metrics, finishReason, submittedMs }) =>
    metrics === null || finishReason === "abort" ? [] : [{ metrics, submittedMs }],
  );
  const all = finished.map(({ metrics }) => metrics);
  const timed = all.filter((metrics) => interruptionOf([{ metrics }]) === null);
  const numInterrupted = all.length - timed.length;
  // What came over one request is in the time of all.
  const wallMs = numInterrupted > 0 ? null : wallTime(finished);
  const numOutputTokens = sum(all.map((metrics) => metrics.numOutputTokens));
  return {
    numFinished: finished.length,
    numFailed: records.filter(({ error }) => error !== null).length,
    numAborted: records.filter(({ finishReason }) => finishReason === "abort").length,
    numInterrupted,
    wallMs,
    numOutputTokens,
    numPromptTokens: sum(all.map((metrics) => metrics.numPromptTokens)),
    numCachedTokens: sum(all.map((metrics) => metrics.numCachedTokens ?? 0)),
    outputTokensPerSecond: wallMs === null || wallMs <= 0 ? null : (1000 * numOutputTokens) / wallMs,
    ttftMs: quantiles(timed.flatMap(({ ttftMs }) => (ttftMs === null ? [] : [ttftMs]))),
    itlMs: quantiles(timed.flatMap(({ itlMs }) => itlMs)),
    e2eMs: quantiles(timed.map(({ e2eLatencyMs }) => e2eLatencyMs)),
    numPreemptions: sum(all.map((metrics) => metrics.numPreemptions)),
  };
}

function wallTime(
  finished: readonly { submittedMs: number; metrics: { e2eLatencyMs: number } }[],
): number | null {
  if (finished.length === 0) return null;
  const ends = finished.map(({ submittedMs, metrics }) => submittedMs + metrics.e2eLatencyMs);
  return Math.max(...ends) - Math.min(...finished.map(({ submittedMs }) => submittedMs));
}

export function quantiles(values: readonly number[]): Quantiles | null {
  if (values.length === 0) return null;
  return { n: values.length, p50: quantile(values, 0.5), p95: quantile(values, 0.95) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
