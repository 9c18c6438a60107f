/** The cache experiment as text. */
import { environmentText } from "../environment-text.ts";
import { markdownTable } from "../markdown-table.ts";
import type { CacheReport, CacheRequest } from "./run-cache.ts";

const ms = (value: number | null): string => (value === null ? "–" : `${value.toFixed(1)} ms`);
const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)} ms`;
const hit = ({ cachedTokens, promptTokens }: CacheRequest): string =>
  `${((100 * cachedTokens) / promptTokens).toFixed(0)}% (${cachedTokens} of ${promptTokens})`;

export function cacheMarkdown({ environment, settings, policy, positions, history }: CacheReport): string {
  const { cacheTtlSeconds } = policy;
  const expiry = cacheTtlSeconds === null ? "" : `, its entries expire after ${cacheTtlSeconds} s`;
  return [
    "# What a timestamp in the prompt costs",
    `${environmentText(environment)}, prefix cache ${policy.prefixCache ? "on" : "off"}${expiry}, blocks of ${policy.blockSize} tokens, ${settings.repeats} pairs in turn.`,
    markdownTable(
      [
        "Timestamp",
        "Cached before",
        "Cached after",
        "Broke at block",
        "TTFT without",
        "TTFT with",
        "Cost",
        "95% interval",
        "n",
        "interrupted",
      ],
      positions.map(
        ({
          place,
          where,
          cachedBefore,
          cachedAfter,
          promptTokens,
          breakBlock,
          ttftMs,
          n,
          numInterrupted,
        }) => [
          `${place} (${where})`,
          String(cachedBefore),
          `${cachedAfter} of ${promptTokens}`,
          String(breakBlock),
          ms(ttftMs.without),
          ms(ttftMs.with),
          signed(ttftMs.difference),
          `${signed(ttftMs.interval[0])} to ${signed(ttftMs.interval[1])}`,
          String(n),
          String(numInterrupted),
        ],
      ),
    ),
    ...positions.map(({ place, breakReason }) => `${place}: ${breakReason}`),
    "## Hit rate by request",
    markdownTable(
      ["Request", "Hit rate", "TTFT", "Hit rate, timestamp in front", "TTFT"],
      history.plain.map((request, index) => {
        const other = history.timestampInFront[index];
        return [
          String(request.number),
          hit(request),
          ms(request.ttftMs),
          other === undefined ? "–" : hit(other),
          ms(other?.ttftMs ?? null),
        ];
      }),
    ),
    "Cached tokens and TTFT: medians of the second request of each pair. Hit rate: cached / prompt tokens, from an empty cache.",
  ].join("\n\n");
}
