/** The report of a bench run: the figures of its samples, each with its spread. Versioned. */
import {
  InferscopeError,
  type Interruption,
  type MemoryBandwidth,
  type ModelInfo,
} from "../../../protocol/index.ts";
import { interruptedError } from "../interruptions.ts";
import type { Environment } from "../environment.ts";
import { median, spread, type Spread } from "../statistics/bootstrap.ts";
import type { BenchSample, DecodeSample } from "./measure.ts";
import type { BenchSettings } from "./settings.ts";

export const benchReportVersion = 1;

/** A ratio of two arms, paired within each pass. */
export interface Ratio extends Spread {
  readonly from: string;
  readonly to: string;
}

export interface BenchReport {
  readonly kind: "inferscope.bench";
  readonly version: typeof benchReportVersion;
  readonly environment: Environment;
  readonly model: ModelInfo & { readonly weights: BenchSettings["weights"] };
  readonly settings: BenchSettings;
  /** Medians by the number of sequences that decode together. */
  readonly decodeTokensPerSecond: Readonly<Record<string, number>>;
  /** By the number of prompt tokens. */
  readonly prefillTokensPerSecond: Readonly<Record<string, number>>;
  readonly ttftMs: { readonly cold: number; readonly cached: number };
  readonly batchingTokensPerSecond: { readonly continuous: number; readonly static: number };
  /** Of a decode step of one sequence, here and below. */
  readonly dispatchesPerStep: number;
  /** Time in JavaScript: schedule + encode. */
  readonly jsMsPerStep: number;
  readonly jsMsPerStepByBatchSize: Readonly<Record<string, number>>;
  /** From the end of a step to the start of the next. */
  readonly betweenStepsMs: number;
  /** 10^9 bytes a second, read; null without an adapter. */
  readonly bandwidthGBps: number | null;
  readonly bandwidth: MemoryBandwidth | null;
  /** Weights, and the KV cache of the context; null where the engine does not tell their size. */
  readonly bytesPerStep: number | null;
  /** bytesPerStep / (time of a decode step of one sequence × bandwidth). */
  readonly rooflineFraction: number | null;
  readonly ratios: {
    readonly decodeByBatchSize: Readonly<Record<string, Ratio>>;
    readonly ttft: Ratio;
    readonly batching: Ratio;
  };
  readonly spread: Readonly<Record<string, Spread>>;
  /** Samples that are in no figure; see `interruptions.ts`. */
  readonly numInterrupted: number;
  readonly samples: readonly BenchSample[];
}

/** Decode samples of a batch size, and likewise for other arms: what `value` gives for each pass. */
type Values = ReadonlyMap<number, number>;

export function buildBenchReport(
  settings: BenchSettings,
  samples: readonly BenchSample[],
  model: ModelInfo,
  environment: Environment,
  bandwidth: MemoryBandwidth | null,
): BenchReport {
  const decode = (value: (sample: DecodeSample) => number, batchSize: number): Values =>
    collect(samples, (sample) =>
      sample.type === "decode" && sample.batchSize === batchSize ? value(sample) : null,
    );
  const speed = (batchSize: number) => decode((sample) => sample.tokensPerSecond, batchSize);
  const js = (batchSize: number) => decode(({ scheduleMs, encodeMs }) => scheduleMs + encodeMs, batchSize);
  const ttft = (cache: "cold" | "cached") =>
    collect(samples, (sample) => (sample.type === "ttft" && sample.cache === cache ? sample.ttftMs : null));
  const mixed = (batching: "continuous" | "static") =>
    collect(samples, (sample) =>
      sample.type === "mixed" && sample.batching === batching ? sample.tokensPerSecond : null,
    );
  const prefill = collect(samples, (sample) => (sample.type === "prefill" ? sample.tokensPerSecond : null));
  const { batchSizes } = settings;
  const [one = 1, ...larger] = batchSizes;
  const bySize = <T>(sizes: readonly number[], value: (size: number) => T): Record<string, T> =>
    Object.fromEntries(sizes.map((size) => [String(size), value(size)]));
  const bytesPerStep = stepBytes(model, middle(decode((sample) => sample.contextTokens, one)));
  const secondsPerStep = one / middle(speed(one));
  return {
    kind: "inferscope.bench",
    version: benchReportVersion,
    environment,
    model: { ...model, weights: settings.weights },
    settings,
    decodeTokensPerSecond: bySize(batchSizes, (size) => middle(speed(size))),
    prefillTokensPerSecond: { [settings.prefixTokens]: middle(prefill) },
    ttftMs: { cold: middle(ttft("cold")), cached: middle(ttft("cached")) },
    batchingTokensPerSecond: { continuous: middle(mixed("continuous")), static: middle(mixed("static")) },
    dispatchesPerStep: middle(decode((sample) => sample.numDispatches, one)),
    jsMsPerStep: middle(js(one)),
    jsMsPerStepByBatchSize: bySize(batchSizes, (size) => middle(js(size))),
    betweenStepsMs: middle(decode((sample) => sample.betweenMs, one)),
    bandwidthGBps: bandwidth === null ? null : bandwidth.bytesPerSecond / 1e9,
    bandwidth,
    bytesPerStep,
    rooflineFraction:
      bandwidth === null || bytesPerStep === null
        ? null
        : bytesPerStep / (secondsPerStep * bandwidth.bytesPerSecond),
    ratios: {
      decodeByBatchSize: bySize(larger, (size) =>
        ratio(speed(one), speed(size), `batch ${one}`, `batch ${size}`),
      ),
      ttft: ratio(ttft("cached"), ttft("cold"), "cached", "cold"),
      batching: ratio(mixed("static"), mixed("continuous"), "static", "continuous"),
    },
    spread: Object.fromEntries(
      [
        ...batchSizes.map((size) => [`decodeTokensPerSecond ${size}`, speed(size)] as const),
        [`prefillTokensPerSecond ${settings.prefixTokens}`, prefill] as const,
        ...(["cold", "cached"] as const).map((cache) => [`ttftMs ${cache}`, ttft(cache)] as const),
        ...(["continuous", "static"] as const).map((name) => [`batching ${name}`, mixed(name)] as const),
        ...batchSizes.map((size) => [`jsMsPerStep ${size}`, js(size)] as const),
      ].map(([name, values]) => [name, spread([...values.values()])]),
    ),
    numInterrupted: samples.filter(({ interrupted }) => interrupted !== undefined).length,
    samples,
  };
}

function collect(samples: readonly BenchSample[], value: (sample: BenchSample) => number | null): Values {
  const values = new Map<number, number>();
  let interruption: Interruption | null = null;
  for (const sample of samples) {
    const found = value(sample);
    if (found === null) continue;
    if (sample.interrupted === undefined) values.set(sample.pass, found);
    else interruption = sample.interrupted;
  }
  if (values.size === 0 && interruption !== null) throw interruptedError(interruption);
  if (values.size === 0) throw new InferscopeError("internal", "A part of the bench was never measured.");
  return values;
}

const middle = (values: Values): number => median([...values.values()]);

function ratio(from: Values, to: Values, fromName: string, toName: string): Ratio {
  const ratios = [...to].flatMap(([pass, value]) => {
    const base = from.get(pass);
    return base === undefined ? [] : [value / base];
  });
  return { from: fromName, to: toName, ...spread(ratios) };
}

function stepBytes({ weightBytes, kvBytesPerToken }: ModelInfo, contextTokens: number): number | null {
  if (weightBytes === null || kvBytesPerToken === null) return null;
  return weightBytes + contextTokens * kvBytesPerToken;
}
