/** From a schedule to the runner's batch, and from the runner's output to the sequences. */
import { type EpochMs, InferscopeError, type SequenceStep } from "../../protocol/index.ts";
import type { KvCache } from "./kv-cache.ts";
import type { ModelRunner, RunnerOutput, SampledToken, SequenceInput } from "./model-runner.ts";
import type { ScheduledSequence } from "./scheduler.ts";
import type { Sequence } from "./sequence.ts";

function sequenceInput({ sequence, numTokens }: ScheduledSequence): SequenceInput {
  const { sampling, numComputedTokens } = sequence;
  const isComplete = numTokens === sequence.numMissingTokens;
  return {
    tokenIds: sequence.tokenIds.slice(numComputedTokens, numComputedTokens + numTokens),
    startPosition: numComputedTokens,
    blockTable: [...sequence.blockTable],
    sampler: isComplete
      ? {
          temperature: sampling.temperature,
          topK: sampling.topK,
          topP: sampling.topP,
          seed: sampling.seed + sequence.choice,
          outputIndex: sequence.numOutputTokens,
          logprobs: sampling.logprobs,
          allowedTokens: sequence.tokenMask?.allowed() ?? null,
        }
      : null,
  };
}

/** One run of the model. Rejects with the runner's error, or `internal` when its answer is not one. */
export async function runBatch(
  runner: ModelRunner,
  scheduled: readonly ScheduledSequence[],
): Promise<RunnerOutput> {
  const batch = scheduled.map(sequenceInput);
  const output = await runner.run(batch);
  const isAnswer = batch.every(
    ({ sampler }, index) => (sampler === null) === (output.samples[index] == null),
  );
  if (!isAnswer || output.samples.length !== batch.length) {
    throw new InferscopeError(
      "internal",
      "the model runner did not draw a token for each sequence that asked for one",
    );
  }
  return output;
}

interface SequenceResult {
  readonly row: SequenceStep;
  /** The sequence's text stream or grammar threw; the request cannot go on. */
  readonly error: InferscopeError | null;
}

/**
 * Takes in what one step computed for one sequence. `drawn` is null where none was asked for,
 * or where the request has been aborted meanwhile: its token is thrown away.
 */
export function advance(
  scheduled: ScheduledSequence,
  drawn: SampledToken | null | undefined,
  context: { kv: KvCache; stopTokenIds: readonly number[]; contextWindow: number; timeMs: EpochMs },
): SequenceResult {
  const { sequence, numTokens, phase } = scheduled;
  const { sampling } = sequence;
  sequence.numComputedTokens += numTokens;
  context.kv.publish(sequence);
  let text = "";
  let error: InferscopeError | null = null;
  if (drawn != null) {
    sequence.tokenIds.push(drawn.tokenId);
    sequence.tokenMs.push(context.timeMs);
    if (sampling.logprobs > 0) sequence.logprobs.push(drawn.topLogprobs);
    try {
      text = takeToken(sequence, drawn.tokenId, context);
      sequence.text += text;
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      error = new InferscopeError(
        "internal",
        `token ${drawn.tokenId} could not be turned into text: ${message}`,
        {
          cause,
        },
      );
    }
  }
  const row: SequenceStep = {
    requestId: sequence.requestId,
    choice: sequence.choice,
    phase,
    numScheduledTokens: numTokens,
    numCachedTokens: sequence.numCachedTokens,
    numComputedTokens: sequence.numComputedTokens,
    newTokenIds: drawn == null ? [] : [drawn.tokenId],
    text,
    ...(drawn != null && sampling.logprobs > 0 ? { logprobs: [drawn.topLogprobs] } : {}),
  };
  return { row, error };
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
  sequence.tokenMask?.accept(tokenId);
  const { text, stopped } = textStream.push(tokenId);
  if (stopped) {
    sequence.finishReason = "stop";
    return text;
  }
  if (sequence.numOutputTokens >= sampling.maxTokens || sequence.numTokens >= limits.contextWindow) {
    sequence.finishReason = "length";
    return text + textStream.flush();
  }
  return text;
}
