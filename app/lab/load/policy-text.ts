import type { EnginePolicy } from "../../../protocol/index.ts";

/** How the engine scheduled, in words. */
export const policyText = (policy: EnginePolicy): readonly string[] => [
  `at most ${policy.maxNumSeqs} sequences and ${policy.maxNumBatchedTokens} tokens a step`,
  policy.chunkedPrefill ? "prefill in chunks" : "prefill in one piece",
  policy.prefixCache ? "prefix cache on" : "prefix cache off",
  ...(policy.cacheTtlSeconds == null ? [] : [`its entries expire after ${policy.cacheTtlSeconds} s`]),
  policy.order === "fcfs" ? "first come, first served" : "longest prefix first",
  `${policy.numBlocks} blocks of ${policy.blockSize}`,
];
