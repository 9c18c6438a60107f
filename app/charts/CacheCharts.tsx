import type { Column } from "../ui/DataTable.tsx";
import { formatMs, formatNumber } from "../lab/format.ts";
import { Plot } from "./Plot.tsx";

export interface CachePoint {
  /** 1 is the first request. */
  readonly number: number;
  /** Cached / prompt tokens, 0 to 100. */
  readonly hitPercent: number;
  readonly numCachedTokens: number;
  readonly numPromptTokens: number;
  readonly ttftMs: number | null;
}

/** Hit rate: x is the request's number, y its share of cached prompt tokens. */
export function HitRateChart({ points }: { points: readonly CachePoint[] }) {
  return (
    <Plot
      title="Hit rate"
      caption="Hit rate by request"
      columns={columns}
      rows={points}
      x={{ label: "request", whole: true, from: 1, formatValue: (number) => `request ${number}` }}
      y={{ label: "% of the prompt from the cache", from: 0, to: 100, formatValue: percent }}
      series={[
        {
          name: "from the cache",
          color: "var(--cached)",
          kind: "line",
          points: points.map(({ number, hitPercent }) => ({ x: number, y: hitPercent })),
        },
      ]}
    />
  );
}

/** TTFT: x is the number of cached prompt tokens, y milliseconds; a point for each request. */
export function TtftScatter({ points }: { points: readonly CachePoint[] }) {
  return (
    <Plot
      title="Time to the first token"
      caption="TTFT against cached tokens"
      columns={columns}
      rows={points}
      x={{ label: "cached tokens", from: 0, whole: true }}
      y={{ label: "ms", formatValue: formatMs }}
      series={[
        {
          name: "TTFT",
          color: "var(--prefill)",
          kind: "points",
          points: points.map(({ number, numCachedTokens, ttftMs }) => {
            return { x: numCachedTokens, y: ttftMs, label: `Request ${number}` };
          }),
        },
      ]}
    />
  );
}

const percent = (value: number): string => `${formatNumber(value)}%`;

const columns: readonly Column<CachePoint>[] = [
  { key: "number", header: "request", align: "right", cell: ({ number }) => number },
  { key: "prompt", header: "prompt tokens", align: "right", cell: ({ numPromptTokens }) => numPromptTokens },
  { key: "cached", header: "cached", align: "right", cell: ({ numCachedTokens }) => numCachedTokens },
  { key: "hit", header: "hit rate", align: "right", cell: ({ hitPercent }) => percent(hitPercent) },
  { key: "ttft", header: "TTFT", align: "right", cell: ({ ttftMs }) => formatMs(ttftMs) },
];
