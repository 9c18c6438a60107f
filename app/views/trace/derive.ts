import type { KernelProfile, StepTrace } from "../../../protocol/index.ts";
import { laneOf } from "../../charts/trace-spans.ts";

export interface TracedToken {
  readonly text: string;
  /** Index among the steps. */
  readonly step: number;
  /** Since the token before, the first since the request's first step. */
  readonly ms: number;
}

export interface RequestTokens {
  readonly tokens: readonly TracedToken[];
  /** Gaps between consecutive tokens. */
  readonly gapsMs: readonly number[];
  /** First step to first token; null without a token. */
  readonly prefillMs: number | null;
}

export function requestTokens(steps: readonly StepTrace[], lane: string): RequestTokens {
  const tokens: TracedToken[] = [];
  let before: number | null = null;
  for (const [step, { sequences, startMs, totalMs }] of steps.entries()) {
    const row = sequences.find((candidate) => laneOf(candidate) === lane);
    if (row === undefined) continue;
    before ??= startMs;
    if (row.newTokenIds.length === 0) continue;
    tokens.push({ text: row.text, step, ms: startMs + totalMs - before });
    before = startMs + totalMs;
  }
  return { tokens, gapsMs: tokens.slice(1).map(({ ms }) => ms), prefillMs: tokens[0]?.ms ?? null };
}

/** Gaps between consecutive tokens of all requests, in the order in which they ended. */
export function allGapsMs(steps: readonly StepTrace[]): readonly number[] {
  const before = new Map<string, number>();
  const gaps: number[] = [];
  for (const { sequences, startMs, totalMs } of steps) {
    const endMs = startMs + totalMs;
    for (const row of sequences) {
      if (row.newTokenIds.length === 0) continue;
      const lane = laneOf(row);
      const last = before.get(lane);
      if (last !== undefined) gaps.push(endMs - last);
      before.set(lane, endMs);
    }
  }
  return gaps;
}

export interface KernelRow {
  readonly kernel: string;
  readonly numDispatches: number;
  readonly ms: number;
  /** Of all timed kernels; null where they took no time that the clock told. */
  readonly share: number | null;
}

export function kernelRows({ kernels }: KernelProfile): readonly KernelRow[] {
  const total = kernels.reduce((sum, { ms }) => sum + ms, 0);
  return kernels.map((each) => ({ ...each, share: total === 0 ? null : each.ms / total }));
}
