/** What the cache experiment leaves behind. */
import type { EnginePolicy } from "../../../../protocol/index.ts";
import type { Report } from "../../experiment.ts";
import type { FigureTable, Figures } from "../../figures.ts";
import { interruptedFormula } from "../../metrics.ts";
import { intervalSchema, numberOrNull, policySchema, reportSchema } from "../../report-schema.ts";
import { z } from "../../zod.ts";
import { cacheSettings } from "../timestamp/report.ts";

export const cacheVersion = 2;

export interface CachePosition {
  readonly place: "front" | "middle" | "end";
  /** "before System". */
  readonly where: string;
  readonly n: number;
  /** Pairs left out; see `interruptions.ts`. */
  readonly numInterrupted: number;
  readonly promptTokens: number;
  /** Cached prompt tokens of a request without and with the timestamp, medians. */
  readonly cachedBefore: number;
  readonly cachedAfter: number;
  /** The first block that was computed, counted from 1, and why. */
  readonly breakBlock: number;
  readonly breakReason: string;
  /** Medians; the difference with − without, pairs in turn, with its 95% interval. */
  readonly ttftMs: {
    readonly without: number;
    readonly with: number;
    readonly difference: number;
    readonly interval: readonly [low: number, high: number];
  };
}

export interface CacheRequest {
  readonly number: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  /** Null also where it does not count. */
  readonly ttftMs: number | null;
}

export interface CacheReport extends Report {
  readonly kind: "inferscope.cache";
  readonly version: typeof cacheVersion;
  readonly settings: { readonly repeats: number; readonly requests: number };
  readonly policy: EnginePolicy;
  readonly positions: readonly CachePosition[];
  /** One request after another from an empty cache, each with another record. */
  readonly history: {
    readonly plain: readonly CacheRequest[];
    readonly timestampInFront: readonly CacheRequest[];
  };
}

const request = z.object({
  number: z.int(),
  promptTokens: z.int(),
  cachedTokens: z.int(),
  ttftMs: numberOrNull,
});

export const cacheSchema = reportSchema("cache", cacheVersion, {
  settings: z.object({ repeats: z.int(), requests: z.int() }),
  policy: policySchema,
  positions: z.array(
    z.object({
      place: z.enum(["front", "middle", "end"]),
      where: z.string(),
      n: z.int(),
      numInterrupted: z.int(),
      promptTokens: z.number(),
      cachedBefore: z.number(),
      cachedAfter: z.number(),
      breakBlock: z.number(),
      breakReason: z.string(),
      ttftMs: z.object({
        without: z.number(),
        with: z.number(),
        difference: z.number(),
        interval: intervalSchema,
      }),
    }),
  ),
  history: z.object({ plain: z.array(request), timestampInFront: z.array(request) }),
});

/** Version 1 kept no cancelled runs and, at first, did not count interrupted pairs. */
export function migrateCache(json: Readonly<Record<string, unknown>>) {
  if (json["version"] !== 1 || !Array.isArray(json["positions"])) return null;
  const positions = json["positions"].map((position: unknown) =>
    typeof position === "object" && position !== null ? { numInterrupted: 0, ...position } : position,
  );
  return { ...json, version: cacheVersion, aborted: false, positions };
}

export function cacheFigures({ settings, policy, positions, history }: CacheReport): Figures {
  return {
    title: "What a timestamp in the prompt costs",
    settings: [
      `${settings.repeats} pairs in turn`,
      `${settings.requests} requests one after another`,
      ...cacheSettings(policy),
    ],
    findings: positions.map(({ place, breakReason }) => `${place}: ${breakReason}`),
    tables: [positionTable(positions), historyTable(history)],
    notes: [
      "Cached tokens and TTFT: medians of the second request of each pair. Hit rate: cached / prompt tokens, from an empty cache.",
    ],
  };
}

const positionTable = (positions: readonly CachePosition[]): FigureTable => ({
  id: "positions",
  title: "By place",
  head: "Timestamp",
  columns: [
    { id: "cachedBefore", metric: "cachedTokens", title: "Cached before" },
    { id: "cachedAfter", metric: "cachedTokens", title: "Cached after" },
    { id: "promptTokens", metric: "promptTokens" },
    { id: "breakBlock", metric: "breakBlock" },
    { id: "without", metric: "ttftMs", title: "TTFT without" },
    { id: "with", metric: "ttftMs", title: "TTFT with" },
    { id: "cost", metric: "ttftCostMs", title: "TTFT cost", isDifference: true },
    { id: "n", metric: null, title: "n" },
    { id: "interrupted", metric: null, title: "interrupted", formula: interruptedFormula },
  ],
  rows: positions.map(
    ({ place, where, n, numInterrupted, promptTokens, cachedBefore, cachedAfter, breakBlock, ttftMs }) => ({
      id: place,
      title: `${place} (${where})`,
      cells: [
        cachedBefore,
        cachedAfter,
        promptTokens,
        breakBlock,
        { value: ttftMs.without, n },
        { value: ttftMs.with, n },
        { value: ttftMs.difference, n, interval: ttftMs.interval },
        n,
        numInterrupted,
      ],
    }),
  ),
});

function historyTable({ plain, timestampInFront }: CacheReport["history"]): FigureTable {
  const share = (request: CacheRequest | undefined) =>
    request === undefined ? null : request.cachedTokens / request.promptTokens;
  return {
    id: "history",
    title: "Hit rate by request",
    head: "Request",
    columns: [
      { id: "hit", metric: "hitShare" },
      { id: "cached", metric: "cachedTokens" },
      { id: "ttft", metric: "ttftMs", title: "TTFT" },
      { id: "hitWith", metric: "hitShare", title: "Hit rate, timestamp in front" },
      { id: "cachedWith", metric: "cachedTokens", title: "Cached tokens, timestamp in front" },
      { id: "ttftWith", metric: "ttftMs", title: "TTFT, timestamp in front" },
    ],
    rows: plain.map((request, index) => {
      const other = timestampInFront[index];
      return {
        id: String(request.number),
        title: String(request.number),
        cells: [
          share(request),
          request.cachedTokens,
          request.ttftMs,
          share(other),
          other?.cachedTokens ?? null,
          other?.ttftMs ?? null,
        ],
      };
    }),
  };
}
