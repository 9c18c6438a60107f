/**
 * `window.inferscope`: the documented, stable API of the page. A workshop scripts the lab
 * with it from DevTools; the headless lab and the views use exactly the same object.
 */
import type { RequestMetrics } from "./metrics.ts";
import type { EngineStatus, LoadProgress } from "./messages.ts";
import type { BackendName, Capabilities, ModelInfo, ModelSource, RunnerName } from "./model.ts";
import type { EnginePolicy } from "./policy.ts";
import type {
  Choice,
  FinishReason,
  Message,
  ResponseFormat,
  SamplingParams,
  TokenLogprob,
} from "./request.ts";
import type { CacheSnapshot, StepTrace } from "./trace.ts";

/** What of the DOM's `AbortSignal` is needed; this folder knows no DOM. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
}

export interface LoadOptions {
  /** Default: `paged`. */
  backend?: BackendName;
  /** Default: `gpu`. Without an adapter a `gpu` load fails with `no-adapter`; ask for `cpu` then. */
  runner?: RunnerName;
  policy?: Partial<EnginePolicy>;
  onProgress?: (progress: LoadProgress) => void;
  signal?: AbortSignalLike;
}

/** Exactly one of messages, prompt and promptTokenIds. */
export interface GenerateRequest {
  messages?: readonly Message[];
  prompt?: string;
  promptTokenIds?: readonly number[];
  sampling?: Partial<SamplingParams>;
  responseFormat?: ResponseFormat;
  /** Default true; false leaves the prefix cache unread for this request. */
  usePrefixCache?: boolean;
}

export interface GeneratedToken {
  /** Null where the backend tells no ids (`Capabilities.tokenIds`): then it is a chunk of text. */
  readonly tokenId: number | null;
  /** Text that became final with this token; may be empty in the middle of a character. */
  readonly text: string;
  /** When the worker had it: milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Index among the choice's output tokens. */
  readonly index: number;
  readonly choice: number;
  readonly logprobs?: readonly TokenLogprob[];
}

/** Token ids, text, finishReason and logprobs are choice 0's. */
export interface GenerationResult {
  readonly requestId: string;
  readonly tokenIds: readonly number[];
  readonly text: string;
  readonly finishReason: FinishReason;
  readonly metrics: RequestMetrics;
  readonly logprobs?: readonly (readonly TokenLogprob[])[];
  readonly choices: readonly Choice[];
  /** When the request was submitted, on the clock of `atMs`. */
  readonly submittedMs: number;
}

export interface Generation extends AsyncIterable<GeneratedToken> {
  readonly requestId: string;
  abort(): void;
  /** Rejects with an `InferscopeError`; an aborted generation resolves with finishReason "abort". */
  readonly result: Promise<GenerationResult>;
}

export interface Inferscope {
  readonly version: string;
  load(source: ModelSource, options?: LoadOptions): Promise<ModelInfo>;
  configure(policy: Partial<EnginePolicy>): Promise<EnginePolicy>;
  encode(text: string): Promise<readonly number[]>;
  decode(tokenIds: readonly number[]): Promise<string>;
  generate(request: GenerateRequest): Generation;
  /** Runs an experiment of the lab ("compare") and resolves with its report. */
  run(experiment: string, options?: Readonly<Record<string, unknown>>): Promise<unknown>;
  onStep(listener: (trace: StepTrace) => void): () => void;
  snapshot(): Promise<CacheSnapshot | null>;
  status(): Promise<EngineStatus>;
  clearCache(): Promise<void>;
  capabilities(): Capabilities | null;
}
