/** From a schedule to the runner's batch: what each sequence computes, and which tokens it may draw. */
import { type EpochMs, InferscopeError } from "../../protocol/index.ts";
import type { ModelRunner, RunnerOutput, SequenceInput } from "./model-runner.ts";
import type { ScheduledSequence } from "./scheduler.ts";
import type { Sequence } from "./sequence.ts";

export interface BatchOutput extends RunnerOutput {
  /** Computing and uploading the masks of allowed tokens. */
  readonly maskMs: number;
  /** By place in the batch: the constraint broke, and what was drawn is void. */
  readonly constraintErrors: ReadonlyMap<number, unknown>;
}

/** One run of the model. Rejects with the runner's error, or `internal` when its answer is not one. */
export async function runBatch(
  runner: ModelRunner,
  scheduled: readonly ScheduledSequence[],
  now: () => EpochMs,
): Promise<BatchOutput> {
  const masks = await computeMasks(scheduled, now);
  const batch = scheduled.map((each, index) => sequenceInput(each, masks.allowed.get(index) ?? null));
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
  for (const sequence of masks.sequences) sequence.maskMs += output.maskUploadMs / masks.sequences.length;
  return { ...output, maskMs: masks.tookMs + output.maskUploadMs, constraintErrors: masks.errors };
}

/** Whether the step computes all that is missing, and so draws the next token. */
function draws({ sequence, numTokens }: ScheduledSequence): boolean {
  return numTokens === sequence.numMissingTokens;
}

interface Masks {
  readonly allowed: ReadonlyMap<number, Uint32Array>;
  readonly errors: ReadonlyMap<number, unknown>;
  readonly sequences: readonly Sequence[];
  readonly tookMs: number;
}

async function computeMasks(scheduled: readonly ScheduledSequence[], now: () => EpochMs): Promise<Masks> {
  const allowed = new Map<number, Uint32Array>();
  const errors = new Map<number, unknown>();
  const sequences: Sequence[] = [];
  let tookMs = 0;
  for (const [index, each] of scheduled.entries()) {
    const { sequence } = each;
    if (sequence.constraint === null || !draws(each)) continue;
    const startMs = now();
    try {
      allowed.set(index, await sequence.constraint.allowed());
      sequence.numMasks += 1;
      sequences.push(sequence);
    } catch (error) {
      errors.set(index, error);
    }
    const maskMs = now() - startMs;
    sequence.maskMs += maskMs;
    tookMs += maskMs;
  }
  return { allowed, errors, sequences, tookMs };
}

function sequenceInput(each: ScheduledSequence, allowedTokens: Uint32Array | null): SequenceInput {
  const { sequence, numTokens } = each;
  const { sampling, numComputedTokens } = sequence;
  return {
    tokenIds: sequence.tokenIds.slice(numComputedTokens, numComputedTokens + numTokens),
    startPosition: numComputedTokens,
    blockTable: [...sequence.blockTable],
    sampler: draws(each)
      ? {
          temperature: sampling.temperature,
          topK: sampling.topK,
          topP: sampling.topP,
          seed: sampling.seed + sequence.choice,
          outputIndex: sequence.numOutputTokens,
          logprobs: sampling.logprobs,
          allowedTokens,
        }
      : null,
  };
}
