/**
 * Random traffic on the built app for a while: shared prefixes, samples, aborts, refusals, a pool
 * that is too small, policies that change. After each slice everything has ended and nothing may
 * be left: no block in use, no GPU buffer more, and the canary says what it said first.
 */
import type { Page } from "playwright";

import type { GpuMemoryUse, Inferscope, KvBlocks } from "../protocol/index.ts";

declare global {
  interface Window {
    inferscope: Inferscope;
  }
}

interface SliceCounts {
  readonly finished: number;
  readonly aborted: number;
  readonly refused: number;
  readonly preemptions: number;
  readonly steps: number;
}

export interface SoakSlice extends SliceCounts {
  readonly atMs: number;
  /** At the end of the slice, then with the cache emptied. */
  readonly kv: KvBlocks;
  readonly kvEmptied: KvBlocks;
  readonly gpuMemory: GpuMemoryUse | null;
  readonly canary: readonly number[];
  /** Bytes of the page's JavaScript after a garbage collection; null where not asked for. */
  readonly heapBytes: number | null;
}

export interface ServingSoakOptions {
  readonly minutes: number;
  readonly sliceSeconds: number;
  readonly seed: number;
  readonly measuresHeap: boolean;
  readonly onSlice?: (slice: SoakSlice) => void;
}

/** Drives a page on which a model is loaded. Rejects when a request ends as it must not. */
export async function soakServing(page: Page, options: ServingSoakOptions): Promise<readonly SoakSlice[]> {
  const start = performance.now();
  const slices: SoakSlice[] = [];
  while (slices.length < 2 || performance.now() - start < options.minutes * 60_000) {
    const { sliceSeconds } = options;
    const seed = options.seed + slices.length;
    const slice = await page.evaluate(runSlice, { seed, sliceSeconds });
    const heapBytes = options.measuresHeap ? await usedHeap(page) : null;
    const entry: SoakSlice = { ...slice, heapBytes, atMs: performance.now() - start };
    slices.push(entry);
    options.onSlice?.(entry);
  }
  return slices;
}

/** Of the page alone: DevTools' protocol reaches no worker from here. */
async function usedHeap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Runtime.getHeapUsage")).usedSize;
  } finally {
    await session.detach();
  }
}

/** Runs in the page, so it can use nothing from outside itself. */
async function runSlice({
  seed,
  sliceSeconds,
}: {
  seed: number;
  sliceSeconds: number;
}): Promise<Omit<SoakSlice, "atMs" | "heapBytes">> {
  const engine = window.inferscope;
  let state = (seed * 2_654_435_769) >>> 0 || 1;
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const int = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  const counts = { finished: 0, aborted: 0, refused: 0, preemptions: 0, steps: 0 };
  const stop = engine.onStep((step) => {
    counts.steps += 1;
    counts.preemptions += step.preemptions.length;
  });
  await engine.configure({
    numBlocks: int(24, 48),
    maxNumSeqs: int(2, 16),
    maxNumBatchedTokens: int(32, 256),
  });

  const serveOne = async (): Promise<void> => {
    const family = int(0, 3);
    const shared = Array.from({ length: int(0, 80) }, (_, index) => 20 + ((family * 97 + index * 7) % 1000));
    const own = Array.from({ length: int(1, 24) }, () => int(20, 1000));
    const tooLarge = random() < 0.02;
    const generation = engine.generate({
      promptTokenIds: [...shared, ...own],
      sampling: {
        maxTokens: tooLarge ? 5000 : int(1, 24),
        n: int(1, 2),
        temperature: int(0, 1),
        seed: int(0, 1e6),
        ignoreEos: random() < 0.5,
      },
      usePrefixCache: random() < 0.8,
    });
    if (random() < 0.2) setTimeout(() => generation.abort(), int(0, 400));
    try {
      const { finishReason } = await generation.result;
      if (finishReason === "abort") counts.aborted += 1;
      else counts.finished += 1;
    } catch (error) {
      if ((error as { kind?: string }).kind !== "request-too-large") throw error;
      counts.refused += 1;
    }
  };
  const end = performance.now() + sliceSeconds * 1000;
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      await serveOne();
      if (random() < 0.1) {
        await engine.configure({
          batching: (["static", "none"] as const)[int(0, 3)] ?? "continuous",
          prefixCache: random() < 0.8,
          cacheTtlSeconds: random() < 0.3 ? int(1, 20) : null,
          chunkedPrefill: random() < 0.8,
          order: random() < 0.5 ? "fcfs" : "longest-prefix",
        });
      }
    }
  };
  await Promise.all(Array.from({ length: 10 }, client));
  stop();

  await engine.configure({
    batching: "continuous",
    prefixCache: true,
    cacheTtlSeconds: null,
    chunkedPrefill: true,
  });
  const prompt = Array.from({ length: 40 }, (_, index) => 20 + index * 3);
  const canary = await engine.generate({
    promptTokenIds: prompt,
    sampling: { maxTokens: 12, ignoreEos: true },
  }).result;
  const before = await engine.snapshot();
  await engine.clearCache();
  const after = await engine.snapshot();
  const { gpuMemory } = await engine.status();
  if (before === null || after === null) throw new Error("no model is loaded");
  return {
    ...counts,
    kv: before.kv,
    kvEmptied: after.kv,
    gpuMemory,
    canary: canary.tokenIds,
  };
}

/** Buffers for step parameters are made per step size, the first time that it occurs: so many at most. */
const mostStepBuffers = 48;
/** The slope counts only over so long: caches fill and pages warm up in the beginning. */
const leastHoursForSlope = 0.9;
const mostHeapSlope = 1;

/** What went wrong, in words; empty where nothing did. */
export function soakProblems(slices: readonly SoakSlice[]): readonly string[] {
  const [first] = slices;
  const slope = heapSlope(slices);
  const hours = (slices.at(-1)?.atMs ?? 0) / 3_600_000;
  return [
    ...slices.flatMap(({ kv, kvEmptied, canary, gpuMemory }, index) => [
      ...(kv.used === 0 && kv.free + kv.cached === kv.total
        ? []
        : [`slice ${index}: ${kv.used} blocks in use when idle`]),
      ...(kvEmptied.free === kvEmptied.total
        ? []
        : [`slice ${index}: ${kvEmptied.total - kvEmptied.free} blocks leaked`]),
      ...(canary.join() === first?.canary.join() ? [] : [`slice ${index}: the canary says something else`]),
      ...(gpuMemory === null ||
      first?.gpuMemory == null ||
      gpuMemory.numBuffers <= first.gpuMemory.numBuffers + mostStepBuffers
        ? []
        : [`slice ${index}: ${gpuMemory.numBuffers} GPU buffers, ${first.gpuMemory.numBuffers} at first`]),
    ]),
    ...(slope !== null && hours >= leastHoursForSlope && slope > mostHeapSlope
      ? [`the heap grew by ${slope.toFixed(2)} MB an hour`]
      : []),
  ];
}

/** Megabytes an hour by least squares over the later three quarters; null below three readings. */
export function heapSlope(slices: readonly SoakSlice[]): number | null {
  const points = slices
    .slice(Math.floor(slices.length / 4))
    .flatMap(({ atMs, heapBytes }) =>
      heapBytes === null ? [] : [{ x: atMs / 3_600_000, y: heapBytes / 1e6 }],
    );
  if (points.length < 3) return null;
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const [meanX, meanY] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  const covariance = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
}
