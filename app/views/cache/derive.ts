/** What the Cache view shows, from what was sent and from the engine's snapshot. */
import type { CacheSnapshot, EnginePolicy, KvBlocks, ModelInfo } from "../../../protocol/index.ts";
import type { CachePoint } from "../../charts/CacheCharts.tsx";
import { formatMs, formatSigned } from "../../lab/format.ts";
import type { TimestampReport } from "../../lab/experiments/timestamp/report.ts";
import type { SentRequest } from "../../store/cache-store.ts";

export function cachePoints(sent: readonly SentRequest[]): readonly CachePoint[] {
  return sent.map(({ number, prompt, numCachedTokens, ttftMs }) => {
    const numPromptTokens = prompt.tokenIds.length;
    return {
      number,
      numPromptTokens,
      numCachedTokens,
      ttftMs,
      hitPercent: (100 * numCachedTokens) / numPromptTokens,
    };
  });
}

/** Cached / prompt tokens of all requests, in percent; null before the first. */
export function overallHitPercent(points: readonly CachePoint[]): number | null {
  if (points.length === 0) return null;
  const sum = (of: (point: CachePoint) => number) => points.reduce((total, point) => total + of(point), 0);
  return (100 * sum((point) => point.numCachedTokens)) / sum((point) => point.numPromptTokens);
}

/** "300 free + 12 cached + 0 used = 312 blocks", as the engine counts them. */
export function identityText({ free, cached, used, total }: KvBlocks): string {
  const sum = free + cached + used;
  return `${free} free + ${cached} cached + ${used} used ${sum === total ? "=" : "≠"} ${total} blocks`;
}

export type PoolUnit = "blocks" | "MiB";

const bytesPerMib = 1024 * 1024;

/** Whole blocks in a pool of that size. */
export function poolBlocks(size: number, unit: PoolUnit, blockSize: number, kvBytesPerToken: number): number {
  return unit === "blocks" ? size : Math.floor((size * bytesPerMib) / (blockSize * kvBytesPerToken));
}

export function poolMib(numBlocks: number, blockSize: number, kvBytesPerToken: number): number {
  return (numBlocks * blockSize * kvBytesPerToken) / bytesPerMib;
}

/** Why a prompt of that many tokens cannot be served from the pool, or null. */
export function poolNote({ numBlocks, blockSize }: EnginePolicy, { contextWindow }: ModelInfo): string {
  const tokens = numBlocks * blockSize;
  const window = contextWindow === null ? "" : `; the context window is ${contextWindow}`;
  return `${numBlocks} blocks of ${blockSize} hold ${tokens.toLocaleString("en-US")} tokens${window}.`;
}

/** "+12 ms" with its interval and n. */
export function ttftCost({ ttftMs, n }: TimestampReport["summary"]): {
  readonly value: string;
  readonly note: string;
} {
  const [low, high] = ttftMs.interval;
  const signed = (ms: number): string => formatSigned(ms, " ms", 3);
  return {
    value: signed(ttftMs.difference),
    note: `95% [${signed(low)}, ${signed(high)}], n = ${n} pairs; ${formatMs(ttftMs.without)} without, ${formatMs(ttftMs.with)} with`,
  };
}

/** First tokens of each node, for labels: the whole of a long one is read when it is pointed at. */
export function labelTokens({
  nodes,
}: CacheSnapshot): readonly { id: number; tokenIds: readonly number[] }[] {
  return nodes.map(({ id, tokenIds }) => ({ id, tokenIds: tokenIds.slice(0, 512) }));
}
