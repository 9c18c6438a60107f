import type { ConstraintCost, SamplingParams } from "../../../protocol/index.ts";
import type { StripToken } from "../../charts/TokenStrip.tsx";
import type { Turn } from "../../store/playground-store.ts";
import type { Proof } from "../../store/prove.ts";
import { formatMs } from "../../lab/format.ts";

/** A turn's strip for one choice: the prompt with its cached part marked, then the answer. */
export function stripTokens(turn: Turn, choice: number): readonly StripToken[] {
  return [...promptTokens(turn), ...outputTokens(turn, choice)];
}

export function promptTokens(turn: Turn): readonly StripToken[] {
  const cached = turn.numCachedTokens ?? 0;
  return (turn.promptPieces ?? []).map(({ id, text }, index) => ({
    id,
    text,
    kind: index < cached ? "cached" : "prompt",
    ms: null,
  }));
}

/** The first token's latency is its TTFT, every other's the gap to the one before. */
export function outputTokens(turn: Turn, choice: number): readonly StripToken[] {
  const tokens = turn.outputs[choice] ?? [];
  return tokens.map(({ tokenId, text, atMs }, index) => ({
    id: tokenId,
    text,
    kind: "output",
    ms: atMs - (tokens[index - 1]?.atMs ?? turn.submittedMs),
  }));
}

export function answerText(turn: Turn, choice: number): string {
  return (turn.outputs[choice] ?? []).map(({ text }) => text).join("");
}

/** Every gap between consecutive tokens, pooled over choices. */
export function gapsMs(turn: Turn): readonly number[] {
  return turn.outputs.flatMap((tokens) =>
    tokens.slice(1).map(({ atMs }, index) => atMs - (tokens[index]?.atMs ?? atMs)),
  );
}

export interface LiveFigures {
  readonly ttftMs: number | null;
  readonly queueMs: number | null;
  readonly prefillMs: number | null;
  readonly firstDecodeMs: number | null;
  /** Null where a server has not told it: a piece of text may hold several tokens. */
  readonly numOutputTokens: number | null;
  /** Output tokens / wall time since submit; null before the first token. */
  readonly tokensPerSecond: number | null;
  readonly numPromptTokens: number | null;
  readonly numCachedTokens: number | null;
}

/** `countsPieces`: what arrives are pieces of text, and tokens are counted by the server. */
export function liveFigures(turn: Turn, countsPieces = false): LiveFigures {
  const all = turn.outputs.flat();
  const first = all.length === 0 ? null : Math.min(...all.map(({ atMs }) => atMs));
  const last = all.length === 0 ? null : Math.max(...all.map(({ atMs }) => atMs));
  const [head, second] = turn.outputs[0] ?? [];
  const numOutputTokens = turn.metrics?.numOutputTokens ?? (countsPieces ? null : all.length);
  return {
    ttftMs: turn.metrics?.ttftMs ?? (first === null ? null : first - turn.submittedMs),
    queueMs: turn.metrics?.queueTimeMs ?? null,
    prefillMs: turn.metrics?.prefillTimeMs ?? null,
    firstDecodeMs: head === undefined || second === undefined ? null : second.atMs - head.atMs,
    numOutputTokens,
    tokensPerSecond:
      numOutputTokens === null || last === null || last <= turn.submittedMs
        ? null
        : (1000 * numOutputTokens) / (last - turn.submittedMs),
    numPromptTokens: turn.metrics?.numPromptTokens ?? turn.promptPieces?.length ?? null,
    numCachedTokens: turn.numCachedTokens,
  };
}

/** Milliseconds a mask; null where none was computed. */
export function maskMs({ maskMs: ms, numMasks }: ConstraintCost): number | null {
  return numMasks === 0 ? null : ms / numMasks;
}

export function proofSummary({ state, served, alone, numTokens, firstDifference, error }: Proof): string {
  switch (state) {
    case "running":
      return "Running the same request again: no prefix cache, alone, the prompt in one piece…";
    case "same": {
      const equal = `All ${numTokens} token ids are equal.`;
      // Nothing cached, nothing proved about the cache: say so rather than claim a test that did not happen.
      if (served.numCached === 0) {
        return `${equal} But nothing had come from the cache: send the prompt again and prove that answer.`;
      }
      return `${equal} ${served.numCached ?? "An unknown number of"} prompt tokens came from the cache, then none. TTFT ${formatMs(served.ttftMs)}, then ${formatMs(alone?.ttftMs ?? null)}.`;
    }
    case "different": {
      const { choice = 0, index = 0, texts = ["", ""] } = firstDifference ?? {};
      return `Different from token ${index} of choice ${choice} on: ${texts[0]} as served, ${texts[1]} without the cache, alone and unchunked.`;
    }
    case "failed":
      return `The second run failed: ${error?.message ?? "no reason given"}`;
  }
}

/** What of the settings is not the default, in a line. */
export function samplingSummary(sampling: SamplingParams): string {
  const parts = [sampling.temperature === 0 ? "greedy" : `temperature ${sampling.temperature}`];
  if (sampling.topK > 0) parts.push(`top-k ${sampling.topK}`);
  if (sampling.topP < 1) parts.push(`top-p ${sampling.topP}`);
  parts.push(`max ${sampling.maxTokens} tokens`);
  if (sampling.n > 1) parts.push(`n = ${sampling.n}`);
  if (sampling.ignoreEos) parts.push("past the end");
  return parts.join(", ");
}

export function cacheNote({ prefixCache }: Turn, figures: LiveFigures): string | undefined {
  if (figures.numCachedTokens === null || figures.numPromptTokens === null) return undefined;
  if (prefixCache === false) return "The prefix cache was off.";
  return `${figures.numCachedTokens} of ${figures.numPromptTokens} prompt tokens came from the prefix cache.`;
}
