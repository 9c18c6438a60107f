/**
 * A model whose next token is a hash of its whole context, read through the block table from
 * a simulated KV store. What a slot holds depends on everything before it (as keys and
 * values do), so a wrong block table, a block cached under the wrong tokens or a block
 * reused too early changes the tokens that come out.
 */
import { InferscopeError } from "../../../protocol/index.ts";
import type {
  KvShape,
  ModelRunner,
  RunnerOutput,
  SampledToken,
  SamplerInput,
  SequenceInput,
} from "../model-runner.ts";

export interface FakeRunnerOptions {
  readonly vocabSize?: number;
  readonly contextWindow?: number;
  readonly maxNumBlocks?: number;
  /** Called before each run; may reject, to simulate a fault. */
  readonly beforeRun?: (batch: readonly SequenceInput[]) => Promise<void> | void;
}

export class FakeRunner implements ModelRunner {
  readonly vocabSize: number;
  readonly contextWindow: number;
  readonly kvBytesPerToken = 4;
  /** Tokens computed since the start. */
  numComputedTokens = 0;
  numRuns = 0;
  /** Pools that the simulated device has no memory for. */
  refuseKv: (shape: KvShape) => boolean = () => false;
  readonly #options: FakeRunnerOptions;
  #blockSize = 1;
  #slots = new Uint32Array(0);

  constructor(options: FakeRunnerOptions = {}) {
    this.#options = options;
    this.vocabSize = options.vocabSize ?? 97;
    this.contextWindow = options.contextWindow ?? 256;
  }

  maxNumBlocks(): number {
    return this.#options.maxNumBlocks ?? 4096;
  }

  allocateKv(shape: KvShape): Promise<void> {
    if (this.refuseKv(shape)) return Promise.reject(new InferscopeError("out-of-memory", "no room"));
    const { numBlocks, blockSize } = shape;
    this.#blockSize = blockSize;
    this.#slots = new Uint32Array(numBlocks * blockSize).fill(0xdeadbeef);
    return Promise.resolve();
  }

  async run(batch: readonly SequenceInput[]): Promise<RunnerOutput> {
    await this.#options.beforeRun?.(batch);
    this.#refuseRaces(batch);
    this.numRuns += 1;
    const samples = batch.map((input) => this.#compute(input));
    return { samples, encodeMs: 0, maskUploadMs: 0, gpuMs: null, readbackMs: 0, numDispatches: batch.length };
  }

  destroy(): void {
    this.#slots = new Uint32Array(0);
  }

  #slot({ blockTable }: SequenceInput, position: number): number {
    const block = blockTable[Math.floor(position / this.#blockSize)];
    if (block === undefined) throw bug(`position ${position} is not covered by the block table`);
    return block * this.#blockSize + (position % this.#blockSize);
  }

  /** On a GPU the rows of a batch run at once: none may touch a slot that another writes. */
  #refuseRaces(batch: readonly SequenceInput[]): void {
    const writers = new Map<number, number>();
    batch.forEach((input, row) => {
      for (let offset = 0; offset < input.tokenIds.length; offset += 1) {
        const slot = this.#slot(input, input.startPosition + offset);
        if (writers.has(slot)) throw bug(`two sequences write slot ${slot}`);
        writers.set(slot, row);
      }
    });
    batch.forEach((input, row) => {
      for (let position = 0; position < input.startPosition; position += 1) {
        const writer = writers.get(this.#slot(input, position));
        if (writer !== undefined) throw bug(`row ${row} reads what row ${writer} writes`);
      }
    });
  }

  #compute(input: SequenceInput): SampledToken | null {
    if (input.tokenIds.length === 0) throw bug("nothing to compute");
    let context = 0x811c9dc5;
    for (let position = 0; position < input.startPosition; position += 1) {
      context = mix(context, this.#slots[this.#slot(input, position)] ?? 0);
    }
    input.tokenIds.forEach((tokenId, offset) => {
      const position = input.startPosition + offset;
      const value = mix(mix(context, tokenId), position);
      this.#slots[this.#slot(input, position)] = value;
      context = mix(context, value);
    });
    this.numComputedTokens += input.tokenIds.length;
    return input.sampler === null ? null : this.#sample(context, input.sampler);
  }

  #sample(context: number, sampler: SamplerInput): SampledToken {
    const isGreedy = sampler.temperature === 0;
    const draw = isGreedy ? context : mix(mix(context, sampler.seed), sampler.outputIndex);
    let tokenId = draw % this.vocabSize;
    const mask = sampler.allowedTokens;
    while (mask !== null && (((mask[tokenId >> 5] ?? 0) >> (tokenId & 31)) & 1) === 0) {
      tokenId = (tokenId + 1) % this.vocabSize;
    }
    const topLogprobs = Array.from({ length: sampler.logprobs }, (_, index) => ({
      tokenId: (tokenId + index) % this.vocabSize,
      logprob: -index - 0.5,
    }));
    return { tokenId, topLogprobs };
  }
}

/** A round of MurmurHash3's mixing, 32 bit. */
function mix(hash: number, value: number): number {
  let mixed = Math.imul(hash ^ value, 0xcc9e2d51);
  mixed = (mixed << 15) | (mixed >>> 17);
  mixed = Math.imul(mixed, 0x1b873593) ^ hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

function bug(message: string): InferscopeError {
  return new InferscopeError("internal", `fake runner: ${message}`);
}
