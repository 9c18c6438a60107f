/** Seeded random traffic: prompts that share prefixes, in bursts, under changing policies. */
import type { EnginePolicy } from "../../../protocol/index.ts";
import { Harness, random, type RequestSpec } from "./harness.ts";

export interface Dice {
  /** A whole number from `min` to `max`. */
  readonly int: (min: number, max: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(values: readonly T[]) => T;
}

export function dice(seed: number): Dice {
  const next = random(seed);
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    int,
    chance: (probability) => next() < probability,
    pick: (values) => values[int(0, values.length - 1)]!,
  };
}

/** Each prompt starts with one of few stems, cut anywhere, so that many share some of it. */
export function randomSpec({ int, chance, pick }: Dice): RequestSpec {
  const stem = pick([1, 2, 3]);
  const shared = Array.from({ length: int(0, 40) }, (_, index) => (stem * 31 + index * 7) % 97);
  const own = Array.from({ length: int(1, 12) }, () => int(0, 96));
  return {
    prompt: [...shared, ...own],
    maxTokens: int(1, 16),
    temperature: chance(0.3) ? 1 : 0,
    seed: int(0, 1000),
    usePrefixCache: chance(0.9),
    stopTokenIds: chance(0.5) ? [int(0, 96), int(0, 96)] : [],
  };
}

export function randomPolicy({ int, chance, pick }: Dice): Partial<EnginePolicy> {
  return {
    batching: pick(["continuous", "continuous", "static", "none"]),
    prefixCache: chance(0.7),
    // The clock moves a few milliseconds a step.
    cacheTtlSeconds: chance(0.3) ? int(1, 200) / 1000 : null,
    chunkedPrefill: chance(0.7),
    order: pick(["fcfs", "longest-prefix"]),
    maxNumSeqs: int(1, 12),
    maxNumBatchedTokens: int(4, 96),
  };
}

/** Tokens of a request served alone, cache off, prompt in one piece: what every other way must give. */
export class Oracle {
  readonly #harness: Promise<Harness> = Harness.create(
    { batching: "none", prefixCache: false, chunkedPrefill: false, numBlocks: 64, blockSize: 8 },
    {},
  );
  #count = 0;

  async tokens(spec: RequestSpec): Promise<readonly number[]> {
    const harness = await this.#harness;
    const id = `oracle-${this.#count}`;
    this.#count += 1;
    harness.submit(id, spec);
    await harness.engine.whenIdle();
    const tokens = harness.tokens(id);
    harness.steps.length = 0;
    harness.terminals.clear();
    harness.streamed.clear();
    return tokens;
  }
}
