import type {
  CallName,
  Calls,
  EngineEvent,
  EnginePolicy,
  LoadParams,
  LoadProgress,
  LoadResult,
  SerializedError,
  StepTrace,
} from "../../protocol/index.ts";

export interface PortStatus {
  readonly worker: "running" | "dead";
  readonly loaded: LoadResult | null;
  readonly loadError: SerializedError | null;
  readonly lastCrash: SerializedError | null;
}

/** What the stores need of the engine's client. */
export interface EnginePort {
  readonly status: PortStatus;
  call<Name extends CallName>(call: Name, params: Calls[Name]["params"]): Promise<Calls[Name]["result"]>;
  load(
    params: LoadParams,
    options?: { onProgress?: (progress: LoadProgress) => void; signal?: AbortSignal },
  ): Promise<LoadResult>;
  /** Ends the model in use, or the connection to its server. */
  unload(): Promise<void>;
  onStep(listener: (trace: StepTrace) => void): () => void;
  onProgress(listener: (progress: LoadProgress) => void): () => void;
  onPolicy(listener: (policy: EnginePolicy) => void): () => void;
  onStatus(listener: (status: PortStatus) => void): () => void;
  onDeviceLost(listener: (event: Extract<EngineEvent, { type: "device-lost" }>) => void): () => void;
  onWaiting(listener: (event: Extract<EngineEvent, { type: "waiting" }>) => void): () => void;
}

/** `taken`: another tab took the engine from this one; `elsewhere`: another tab had it first. */
export type LeaseState = "asking" | "held" | "elsewhere" | "taken";

/** Which tab has the engine: one at a time. */
export interface LeasePort {
  readonly state: LeaseState;
  onState(listener: (state: LeaseState) => void): () => void;
  /** What runs in the tab that has it ends with `other-tab`. */
  takeOver(): void;
}
