/** The contract of every engine the lab can measure. One suite runs over all implementations. */
import {
  InferscopeError,
  type CacheSnapshot,
  type Calls,
  type Capabilities,
  type EngineEvent,
  type EnginePolicy,
  type EngineStatus,
  type KernelProfile,
  type LoadParams,
  type LoadProgress,
  type LoadResult,
  type Request,
  type RequestId,
  type SubmittedRequest,
} from "../../protocol/index.ts";

/** Receives what happens to requests: steps or chunks, and exactly one `finished` or `failed` for each. */
export type EventSink = (
  event: Extract<EngineEvent, { type: "step" | "chunk" | "waiting" | "finished" | "failed" | "device-lost" }>,
) => void;

export interface InferenceBackend {
  readonly capabilities: Capabilities;
  load(
    params: LoadParams,
    progress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ): Promise<LoadResult>;
  configure(policy: Partial<EnginePolicy>): Promise<EnginePolicy>;
  /**
   * The request's clock runs since `submittedMs`: no backend stamps it again. Throws `InferscopeError` when refused
   * at once; else exactly one terminal event reaches the sink.
   */
  submit(request: SubmittedRequest, sink: EventSink): void;
  abort(requestId: RequestId): void;
  /** Later, where foreign code has a part in it, as `applyTemplate`. */
  encode(text: string): readonly number[] | Promise<readonly number[]>;
  decode(tokenIds: readonly number[]): string;
  applyTemplate(
    prompt: Request["prompt"],
  ): Calls["applyTemplate"]["result"] | Promise<Calls["applyTemplate"]["result"]>;
  snapshot(): CacheSnapshot | null;
  clearCache(): void;
  status(): EngineStatus;
  /** Throws `unsupported` where single kernels cannot be timed. */
  startProfile(): void;
  /** Null where no profile was going on. */
  stopProfile(): KernelProfile | null;
  unload(): Promise<void>;
}

/** What a backend without a model answers. */
export function noModelError(): InferscopeError {
  return new InferscopeError("no-model", "No model is loaded.", { hint: "Load a model first." });
}
