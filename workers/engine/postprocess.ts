/** From the runner's output to the sequences. */
import { type EpochMs, InferscopeError, type SequenceStep } from "../../protocol/index.ts";
import type { KvCache } from "./kv-cache.ts";
import type { FailedSample, SampledToken } from "./model-runner.ts";
import type { ScheduledSequence } from "./scheduler.ts";
import type { Sequence } from "./sequence.ts";

interface StepContext {
  readonly kv: KvCache;
  readonly stopTokenIds: readonly number[];
  readonly contextWindow: number;
  readonly timeMs: EpochMs;
  /** Why the sequence's tokens could not be constrained; what was drawn is void then. */
  readonly constraintError?: unknown;
}

interface SequenceResult {
  readonly row: SequenceStep;
  /** The sequence's text stream or grammar threw; the request cannot go on. */
  readonly error: InferscopeError | null;
}

/**
 * Takes in what one step computed for one sequence. `drawn` is null where none was asked for.
 * Nothing of a failed one is published: its keys and values are no more numbers than its logits.
 */
export function advance(
  scheduled: ScheduledSequence,
  drawn: SampledToken | FailedSample | null | undefined,
  context: StepContext,
): SequenceResult {
  const { sequence, numTokens, phase } = scheduled;
  sequence.numComputedTokens += numTokens;
  const failure = isFailed(drawn) ? drawn.error : null;
  if (failure === null) context.kv.publish(sequence);
  const { constraintError } = context;
  const token = constraintError !== undefined || isFailed(drawn) ? null : (drawn ?? null);
  const { text, error } = token === null ? { text: "", error: null } : takeDrawn(sequence, token, context);
  const row: SequenceStep = {
    requestId: sequence.requestId,
    choice: sequence.choice,
    phase,
    numScheduledTokens: numTokens,
    numCachedTokens: sequence.numCachedTokens,
    numComputedTokens: sequence.numComputedTokens,
    newTokenIds: token === null ? [] : [token.tokenId],
    text,
    ...(token !== null && sequence.sampling.logprobs > 0 ? { logprobs: [token.topLogprobs] } : {}),
  };
  const broken =
    constraintError === undefined
      ? null
      : asError("the next token could not be constrained", constraintError);
  return { row, error: failure ?? broken ?? error };
}

function takeDrawn(
  sequence: Sequence,
  { tokenId, topLogprobs }: SampledToken,
  context: StepContext,
): { text: string; error: InferscopeError | null } {
  sequence.tokenIds.push(tokenId);
  sequence.tokenMs.push(context.timeMs);
  if (sequence.sampling.logprobs > 0) sequence.logprobs.push(topLogprobs);
  try {
    const text = takeToken(sequence, tokenId, context);
    sequence.text += text;
    return { text, error: null };
  } catch (cause) {
    return { text: "", error: asError(`token ${tokenId} could not be turned into text`, cause) };
  }
}

function asError(what: string, cause: unknown): InferscopeError {
  if (cause instanceof InferscopeError) return cause;
  return new InferscopeError(
    "internal",
    `${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      cause,
    },
  );
}

export function isFailed(sample: SampledToken | FailedSample | null | undefined): sample is FailedSample {
  return sample != null && "error" in sample;
}

/** Returns the text that became final; sets `finishReason` where the token ends the sequence. */
function takeToken(
  sequence: Sequence,
  tokenId: number,
  limits: { stopTokenIds: readonly number[]; contextWindow: number },
): string {
  const { sampling, textStream } = sequence;
  if (!sampling.ignoreEos && limits.stopTokenIds.includes(tokenId)) {
    sequence.finishReason = "stop";
    return textStream.flush();
  }
  const isComplete = sequence.constraint?.accept(tokenId) ?? false;
  const { text, stopped } = textStream.push(tokenId);
  if (stopped || isComplete) {
    sequence.finishReason = "stop";
    return stopped ? text : text + textStream.flush();
  }
  if (sequence.numOutputTokens >= sampling.maxTokens || sequence.numTokens >= limits.contextWindow) {
    sequence.finishReason = "length";
    return text + textStream.flush();
  }
  return text;
}
