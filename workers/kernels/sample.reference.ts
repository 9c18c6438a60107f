/**
 * Drawing a token from logits. Everything here can be done in WGSL step for step: the random
 * number comes from u32 arithmetic, and the draw walks the kept tokens in order of their ids.
 */
import { at } from "./array.ts";

export interface SampleParams {
  /** 0 is greedy. */
  readonly temperature: number;
  /** Keep the k most likely; 0 keeps all. */
  readonly topK: number;
  /** Then keep the fewest whose probability reaches topP; 1 keeps all. */
  readonly topP: number;
  readonly seed: number;
  readonly outputIndex: number;
  /** How many of the most likely tokens to report. */
  readonly logprobs: number;
  /** Bit mask u32[ceil(vocabSize / 32)] of allowed ids, or null for all. */
  readonly allowedTokens: Uint32Array | null;
}

export interface Sample {
  readonly tokenId: number;
  /** Best first, under the model's own distribution: before temperature and mask. */
  readonly topLogprobs: readonly { readonly tokenId: number; readonly logprob: number }[];
}

/** A good mixer of 32 bits ("lowbias32", Chris Wellons' hash-prospector). u32 -> u32 */
export function mix32(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/**
 * The random number of one draw, in [0, 1), a multiple of 2^-24 and so exact in f32. It depends
 * on seed and index only: the same request draws the same, whatever else is in the batch.
 * mix32(mix32(seed) + (outputIndex + 1) * 0x9e3779b9) >> 8, all u32.
 */
export function uniform(seed: number, outputIndex: number): number {
  return (mix32(mix32(seed) + Math.imul(outputIndex + 1, 0x9e3779b9)) >>> 8) * 2 ** -24;
}

/** logits: f32[vocabSize]. Throws when the mask allows no token. */
export function sample(logits: Float32Array, params: SampleParams): Sample {
  const topLogprobs = params.logprobs === 0 ? [] : mostLikely(logits, params.logprobs);
  return { tokenId: draw(logits, params), topLogprobs };
}

function draw(logits: Float32Array, params: SampleParams): number {
  const best = argmax(logits, params.allowedTokens);
  if (params.temperature === 0) return best;
  const max = at(logits, best);
  /** Unnormalized probability of each token: exp((logit - max) / temperature), 0 where not kept. */
  const weights = new Float64Array(logits.length);
  for (let id = 0; id < logits.length; id += 1) {
    if (isAllowed(params.allowedTokens, id))
      weights[id] = Math.exp((at(logits, id) - max) / params.temperature);
  }
  const keepsAll = params.topK === 0 && params.topP >= 1;
  const kept = keepsAll ? weights : keepTop(logits, weights, params);
  let total = 0;
  for (const weight of kept) total += weight;
  const target = uniform(params.seed, params.outputIndex) * total;
  let cumulative = 0;
  let last = best;
  for (const [id, weight] of kept.entries()) {
    if (weight === 0) continue;
    cumulative += weight;
    if (cumulative > target) return id;
    last = id;
  }
  return last; // rounding left the sum a hair under the target
}

/** The weights of the top-k, then top-p tokens; all others 0. Equal logits: the lower id is kept first. */
function keepTop(logits: Float32Array, weights: Float64Array, { topK, topP }: SampleParams): Float64Array {
  const weightOf = (id: number) => weights[id] ?? 0;
  const ids = Array.from(weights.keys())
    .filter((id) => weightOf(id) > 0)
    .sort((a, b) => at(logits, b) - at(logits, a) || a - b);
  const candidates = topK === 0 ? ids : ids.slice(0, topK);
  const total = candidates.reduce((sum, id) => sum + weightOf(id), 0);
  const kept = new Float64Array(weights.length);
  let cumulative = 0;
  for (const id of candidates) {
    kept[id] = weightOf(id);
    cumulative += weightOf(id);
    if (cumulative >= topP * total) break;
  }
  return kept;
}

function isAllowed(mask: Uint32Array | null, id: number): boolean {
  return mask === null || (((mask[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1;
}

/** Most likely allowed token, the lowest id of equals. */
function argmax(logits: Float32Array, mask: Uint32Array | null): number {
  let best: number | null = null;
  for (let id = 0; id < logits.length; id += 1) {
    if (isAllowed(mask, id) && (best === null || at(logits, id) > at(logits, best))) best = id;
  }
  if (best === null) throw new Error("the token mask allows no token");
  return best;
}

/** The `count` most likely tokens with their log-softmax, equal logits by id. */
function mostLikely(logits: Float32Array, count: number): Sample["topLogprobs"] {
  const max = at(logits, argmax(logits, null));
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - max);
  const logTotal = max + Math.log(total);
  return Array.from(logits.keys())
    .sort((a, b) => at(logits, b) - at(logits, a) || a - b)
    .slice(0, count)
    .map((tokenId) => ({ tokenId, logprob: at(logits, tokenId) - logTotal }));
}
