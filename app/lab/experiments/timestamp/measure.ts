/**
 * What a timestamp in the prompt costs: the second request of a pair, without and with it. Each
 * measured request finds in the cache what exactly one request before it left there, one with
 * another record and an earlier time, as in a service that is asked again.
 */
import {
  InferscopeError,
  type AbortSignalLike,
  type Inferscope,
  type Interruption,
  type Message,
  counted,
} from "../../../../protocol/index.ts";
import { interruptedError, interruptedMark } from "../../interruptions.ts";
import { median, pairedDifference, type PairedDifference } from "../../statistics/bootstrap.ts";
import { explainBreak, tokenizedPrompt, type CacheBreak, type TokenizedPrompt } from "../../prompt/blocks.ts";
import { buildPrompt, requestValues, withTimestamp, type PromptSection } from "../../prompt/sections.ts";

export interface TimestampEngine extends Pick<Inferscope, "generate" | "clearCache"> {
  readonly encodeChat: (
    messages: readonly Message[],
  ) => Promise<{ readonly tokenIds: readonly number[]; readonly pieces: readonly string[] }>;
}

export interface TimestampSettings {
  readonly sections: readonly PromptSection[];
  /** The timestamp stands before this section; at `sections.length`, at the end. */
  readonly position: number;
  readonly repeats: number;
  readonly blockSize: number;
  readonly prefixCache: boolean;
}

export type Variant = "without" | "with";

export interface TimestampSample {
  readonly variant: Variant;
  readonly repeat: number;
  readonly numPromptTokens: number;
  readonly numCachedTokens: number;
  readonly ttftMs: number;
  readonly prompt: TokenizedPrompt;
  readonly cacheBreak: CacheBreak;
  /** Then its pair is in no figure. */
  readonly interrupted?: Interruption;
}

export interface TimestampHooks {
  readonly signal: AbortSignalLike;
  readonly now: () => Date;
  readonly onProgress: (done: number, total: number) => void;
}

/** Interleaved A B, B A, A B, …; a run that is cancelled ends with what there is. Rejects with the first request's error. */
export async function measureTimestamp(
  engine: TimestampEngine,
  settings: TimestampSettings,
  hooks: TimestampHooks,
): Promise<readonly TimestampSample[]> {
  const prompts: Record<Variant, readonly PromptSection[]> = {
    without: settings.sections,
    with: withTimestamp(settings.sections, settings.position),
  };
  const samples: TimestampSample[] = [];
  const total = 2 * settings.repeats;
  // Counts nowhere: the first request pays for compiled pipelines and first allocations.
  await ask(engine, prompts.with, 0, hooks);
  for (let repeat = 0; repeat < settings.repeats; repeat += 1) {
    const order: readonly Variant[] = repeat % 2 === 0 ? ["without", "with"] : ["with", "without"];
    for (const variant of order) {
      hooks.onProgress(samples.length, total);
      await engine.clearCache();
      const before = await ask(engine, prompts[variant], 2 * repeat + 1, hooks);
      const asked = before && (await ask(engine, prompts[variant], 2 * repeat + 2, hooks));
      if (before === null || asked === null) return samples;
      const { prompt, metrics } = asked;
      const { numPromptTokens, numCachedTokens, ttftMs } = metrics;
      if (numCachedTokens === null || ttftMs === null) {
        throw new InferscopeError("unsupported", "This engine does not tell cached tokens and TTFT.");
      }
      const { blockSize, prefixCache } = settings;
      samples.push({
        ...{ variant, repeat, numPromptTokens, numCachedTokens, ttftMs, prompt },
        cacheBreak: explainBreak({
          prompt,
          numCachedTokens,
          blockSize,
          prefixCache,
          earlier: [before.prompt],
        }),
        ...interruptedMark([{ metrics }]),
      });
    }
  }
  hooks.onProgress(total, total);
  return samples;
}

/** Null where the run was cancelled. */
async function ask(
  engine: TimestampEngine,
  sections: readonly PromptSection[],
  index: number,
  { signal, now }: TimestampHooks,
) {
  if (isAborted(signal)) return null;
  const built = buildPrompt(sections, requestValues(index, now(), `req-${index}`));
  const prompt = tokenizedPrompt(built, await engine.encodeChat(built.messages));
  const generation = engine.generate({
    messages: built.messages,
    sampling: { temperature: 0, maxTokens: 1 },
  });
  signal.addEventListener("abort", () => generation.abort());
  const { metrics } = await generation.result;
  return isAborted(signal) ? null : { prompt, metrics: counted(metrics) };
}

const isAborted = ({ aborted }: AbortSignalLike): boolean => aborted;

export interface TimestampSummary {
  readonly n: number;
  /** Pairs left out because one of the two was interrupted. */
  readonly numInterrupted: number;
  /** Medians of the measured requests. */
  readonly cachedWithout: number;
  readonly cachedWith: number;
  /** Where the last measured request with the timestamp broke, and its prompt. */
  readonly last: TimestampSample;
  /** TTFT with − without the timestamp, pairs by repeat. */
  readonly ttft: PairedDifference;
}

/** Null without a whole pair. Throws `interrupted` where no pair counts. */
export function summarizeTimestamp(samples: readonly TimestampSample[]): TimestampSummary | null {
  const out = new Set(
    samples.flatMap(({ repeat, interrupted }) => (interrupted === undefined ? [] : [repeat])),
  );
  const of = (variant: Variant) =>
    samples
      .filter((sample) => sample.variant === variant && !out.has(sample.repeat))
      .toSorted((a, b) => a.repeat - b.repeat);
  const n = Math.min(of("without").length, of("with").length);
  const [without, withIt] = [of("without").slice(0, n), of("with").slice(0, n)];
  const last = withIt.at(-1);
  const interruption = samples.find(({ interrupted }) => interrupted !== undefined)?.interrupted;
  if (last === undefined && interruption !== undefined) throw interruptedError(interruption);
  if (last === undefined) return null;
  return {
    n,
    numInterrupted: out.size,
    cachedWithout: median(without.map(({ numCachedTokens }) => numCachedTokens)),
    cachedWith: median(withIt.map(({ numCachedTokens }) => numCachedTokens)),
    last,
    ttft: pairedDifference(
      without.map(({ ttftMs }) => ttftMs),
      withIt.map(({ ttftMs }) => ttftMs),
      { summary: median },
    ),
  };
}
