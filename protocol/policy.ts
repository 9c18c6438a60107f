/** How the scheduler serves; switchable at run time without reloading weights. */
export interface EnginePolicy {
  /** `static` fills a batch, then waits until all of it is done; `none` runs one sequence at a time. */
  readonly batching: "continuous" | "static" | "none";
  readonly prefixCache: boolean;
  /** Seconds without use after which a cached prefix is found no more; null: kept until the pool needs its blocks. */
  readonly cacheTtlSeconds: number | null;
  /** Long prompts are computed in chunks mixed with other sequences' decode. */
  readonly chunkedPrefill: boolean;
  readonly order: "fcfs" | "longest-prefix";
  readonly maxNumSeqs: number;
  /** Token budget of one step. */
  readonly maxNumBatchedTokens: number;
  /** Size of the KV pool in blocks. Takes effect when the engine is idle and empties the cache. */
  readonly numBlocks: number;
  /** Tokens in a block. Takes effect when the engine is idle and empties the cache. */
  readonly blockSize: number;
}

export const defaultPolicy: EnginePolicy = {
  batching: "continuous",
  prefixCache: true,
  cacheTtlSeconds: null,
  chunkedPrefill: true,
  order: "fcfs",
  maxNumSeqs: 32,
  maxNumBatchedTokens: 512,
  numBlocks: 512,
  blockSize: 16,
};

/** The first thing wrong with a policy, in words, or `null`. */
export function policyProblem(policy: EnginePolicy): string | null {
  const positive = ["maxNumSeqs", "maxNumBatchedTokens", "numBlocks", "blockSize"] as const;
  for (const key of positive) {
    if (!Number.isInteger(policy[key]) || policy[key] < 1) {
      return `${key} is ${policy[key]}, it must be a whole number of at least 1`;
    }
  }
  if (policy.maxNumSeqs > 256) return `maxNumSeqs is ${policy.maxNumSeqs}, at most 256 is supported`;
  if (policy.blockSize > 256) return `blockSize is ${policy.blockSize}, at most 256 is supported`;
  const { cacheTtlSeconds } = policy;
  if (cacheTtlSeconds !== null && !(Number.isFinite(cacheTtlSeconds) && cacheTtlSeconds > 0)) {
    return `cacheTtlSeconds is ${cacheTtlSeconds}, it must be a number above 0, or null for no limit`;
  }
  return null;
}

/** Whether a cached prefix that was used last at `lastUsedMs` is found no more. */
export function isExpired(lastUsedMs: number, nowMs: number, ttlSeconds: number | null): boolean {
  return ttlSeconds !== null && nowMs - lastUsedMs > ttlSeconds * 1000;
}
