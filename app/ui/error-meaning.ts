import { assertNever, type ErrorKind } from "../../protocol/index.ts";

/** What an error means for what the person was doing, by kind; the message says what happened. */
export function errorMeaning(kind: ErrorKind): string {
  switch (kind) {
    case "no-webgpu":
    case "no-adapter":
    case "device-limit":
      return "The GPU engine cannot run on this page. The CPU runner gives the same tokens, slowly.";
    case "missing-feature":
      return "This model cannot run on this adapter; nothing was downloaded. Other models may.";
    case "device-lost":
      return "Running requests ended with the text they had. Figures of this run do not count.";
    case "out-of-memory":
      return "Nothing was loaded and what was taken is free again. A smaller model or context may fit.";
    case "gpu-failure":
      return "Nothing of what failed was used or kept: running requests ended with the text they had.";
    case "not-finite":
      return "The model's numbers are no numbers, so no answer of it would mean anything. Nothing of it was kept.";
    case "kernel-compile":
      return "This adapter cannot run one of the engine's kernels. The CPU runner still works.";
    case "network":
    case "storage-quota":
      return "No model is loaded now. What a download brought so far is kept; loading another one works as before.";
    case "http-status":
    case "bad-config":
    case "bad-manifest":
    case "truncated-shard":
    case "corrupt-shard":
    case "missing-tensor":
    case "unsupported-architecture":
    case "unsupported-quantization":
    case "missing-tokenizer":
    case "bad-tokenizer":
    case "bad-template":
      return "No part of the model was kept. Loading another one works as before.";
    case "no-model":
      return "There is nothing to answer with yet.";
    case "invalid-request":
    case "request-too-large":
    case "unsupported":
      return "The request was refused before it ran; nothing was computed.";
    case "server":
    case "rate-limited":
    case "stream-interrupted":
      return "The answer is incomplete and counts as failed.";
    case "worker-crashed":
      return "The engine's worker ended; everything that was running is lost.";
    case "app-part":
      return "What needed it did not happen. Everything else goes on.";
    case "other-tab":
      return "One tab at a time runs the engine. What was running here ended with the text it had.";
    case "aborted":
      return "It was stopped on request.";
    case "interrupted":
      return "Nothing of it is in any figure. Measure again.";
    case "internal":
      return "This is a defect of the engine, not of your input.";
    default:
      return assertNever(kind);
  }
}
