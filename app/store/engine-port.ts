import type {
  CallName,
  Calls,
  EngineEvent,
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
  onStep(listener: (trace: StepTrace) => void): () => void;
  onProgress(listener: (progress: LoadProgress) => void): () => void;
  onStatus(listener: (status: PortStatus) => void): () => void;
  onDeviceLost(listener: (event: Extract<EngineEvent, { type: "device-lost" }>) => void): () => void;
}
