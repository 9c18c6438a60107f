/** What a log says about the figures of the savings calculator. */
import type { LogAnalysis } from "../logs/analyse-log.ts";
import type { RuleResult } from "../logs/traffic-rules.ts";

export interface TrafficFigures {
  /** Requests after the first over the time since it; null where the log tells no times, or covers no time. */
  readonly requestsPerDay: number | null;
  /** Mean cached tokens of the requests that hit. */
  readonly prefixTokens: number;
  readonly hitRate: number;
}

const dayMs = 86_400_000;

export function trafficFigures(analysis: LogAnalysis, { cachedTokens, numHits }: RuleResult): TrafficFigures {
  const { requests, firstMs, lastMs } = analysis;
  const spanMs = firstMs === null || lastMs === null ? 0 : lastMs - firstMs;
  return {
    requestsPerDay: spanMs <= 0 ? null : Math.round(((requests.length - 1) / spanMs) * dayMs),
    prefixTokens: numHits === 0 ? 0 : Math.round(cachedTokens / numHits),
    hitRate: requests.length === 0 ? 0 : numHits / requests.length,
  };
}
