/** The claims board: the guide's 14 claims, in their order. */
import { cachingSavings, requestCost } from "./arithmetic.ts";
import { batchThroughput, parallelRequests } from "./batching.ts";
import { cachedPrefix, timestampInFront } from "./caching.ts";
import { runnable, type RunnableClaim } from "./claim.ts";
import { compression } from "./compression.ts";
import { answerLength, outputTokenCost } from "./latency.ts";
import { allLevers, oneStructuredCall } from "./plans.ts";
import { lowTemperature } from "./temperature.ts";
import { tokensPerCharacter, wordsAreNotTokens } from "./tokens.ts";

export const claims: readonly RunnableClaim[] = [
  runnable(answerLength),
  runnable(batchThroughput),
  runnable(cachedPrefix),
  runnable(timestampInFront),
  runnable(oneStructuredCall),
  runnable(tokensPerCharacter),
  runnable(compression),
  runnable(wordsAreNotTokens),
  runnable(outputTokenCost),
  runnable(cachingSavings),
  runnable(parallelRequests),
  runnable(allLevers),
  runnable(requestCost),
  runnable(lowTemperature),
];
