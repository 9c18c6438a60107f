/** What a provider's rule makes of a log: arithmetic on the log's prefixes and times. */
import { cacheableTokens, type CachePrices, type CacheRule } from "../pricing/providers.ts";
import type { AnalysedRequest, LogAnalysis } from "./analyse-log.ts";

export interface RuleResult {
  readonly cachedTokens: number;
  /** Of all prompt tokens, 0 to 1. */
  readonly share: number;
  /** Requests with any cached token. */
  readonly numHits: number;
  /** Tokens that a later request has in front too and that had to be stored. */
  readonly storedTokens: number;
  /** US dollars for the prompts of the log. */
  readonly costWithout: number;
  readonly costWith: number;
}

/** Times are left out where the log tells none: then no time to live ends a prefix. */
export function applyRule(analysis: LogAnalysis, rule: CacheRule & CachePrices): RuleResult {
  let [cachedTokens, storedTokens, numHits] = [0, 0, 0];
  for (const request of analysis.requests) {
    const cached = cachedBy(request, rule);
    cachedTokens += cached;
    storedTokens += Math.max(0, cacheableTokens(request.reusedTokens, rule) - cached);
    if (cached > 0) numHits += 1;
  }
  const { totalTokens } = analysis;
  const { inputPerMillion, cacheReadPerMillion, cacheWritePerMillion } = rule;
  const plain = totalTokens - cachedTokens - storedTokens;
  return {
    cachedTokens,
    share: totalTokens === 0 ? 0 : cachedTokens / totalTokens,
    numHits,
    storedTokens,
    costWithout: (totalTokens * inputPerMillion) / 1e6,
    costWith:
      (cachedTokens * cacheReadPerMillion + storedTokens * cacheWritePerMillion + plain * inputPerMillion) /
      1e6,
  };
}

/** The longest shared prefix that is still alive, in whole blocks. */
function cachedBy({ shared }: AnalysedRequest, rule: CacheRule): number {
  const { ttlSeconds } = rule;
  const alive = shared.findLast(
    ({ ageMs }) => ageMs === null || ttlSeconds === null || ageMs <= ttlSeconds * 1000,
  );
  return alive === undefined ? 0 : cacheableTokens(alive.tokens, rule);
}
