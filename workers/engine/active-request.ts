/** A request from its acceptance to its one terminal event. */
import {
  type Choice,
  type EpochMs,
  type FinishReason,
  requestMetrics,
  type RequestMetrics,
} from "../../protocol/index.ts";
import type { EngineRequest } from "./request.ts";
import { Sequence } from "./sequence.ts";

export class ActiveRequest {
  readonly request: EngineRequest;
  readonly submittedMs: EpochMs;
  /** One per choice. */
  readonly sequences: readonly Sequence[];
  abortRequested = false;

  constructor(request: EngineRequest, arrival: number) {
    this.request = request;
    this.submittedMs = request.submittedMs;
    this.sequences = Array.from(
      { length: request.sampling.n },
      (_, choice) => new Sequence(request, choice, arrival + choice),
    );
  }

  get isDone(): boolean {
    return this.sequences.every((sequence) => sequence.state === "finished");
  }

  /** What each choice has so far; one that was cut off says "abort". */
  choices(): Choice[] {
    return this.sequences.map((sequence) => {
      const finishReason: FinishReason = sequence.finishReason ?? "abort";
      return {
        index: sequence.choice,
        tokenIds: sequence.outputTokenIds,
        text: sequence.text,
        finishReason,
        ...(sequence.sampling.logprobs > 0 ? { logprobs: sequence.logprobs } : {}),
      };
    });
  }

  /**
   * Times are choice 0's, so that gaps between tokens are gaps of one stream. Counts are the
   * request's: output tokens and preemptions of all choices, and the end is the last one's.
   */
  metrics(finishedMs: EpochMs): RequestMetrics {
    const first = this.sequences[0];
    const tokenMs = first?.tokenMs ?? [];
    const metrics = requestMetrics(
      {
        submittedMs: this.submittedMs,
        firstScheduledMs: first?.firstScheduledMs ?? null,
        tokenMs,
        finishedMs,
      },
      {
        numPromptTokens: this.request.promptTokenIds.length,
        numCachedTokens: first?.firstNumCachedTokens ?? 0,
        numPreemptions: sum(this.sequences.map((sequence) => sequence.numPreemptions)),
      },
    );
    const lastTokenMs = Math.max(...this.sequences.map((sequence) => sequence.tokenMs.at(-1) ?? 0));
    return {
      ...metrics,
      numOutputTokens: sum(this.sequences.map((sequence) => sequence.numOutputTokens)),
      e2eLatencyMs: lastTokenMs > 0 ? lastTokenMs - this.submittedMs : metrics.e2eLatencyMs,
      ...(this.request.constraint === undefined
        ? {}
        : {
            constraint: {
              compileMs: this.request.constraint.compileMs,
              maskMs: sum(this.sequences.map(({ maskMs }) => maskMs)),
              numMasks: sum(this.sequences.map(({ numMasks }) => numMasks)),
            },
          }),
    };
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
