import type { SerializedError } from "./errors.ts";
import type { CallId, EpochMs, RequestId } from "./ids.ts";
import type { RequestMetrics } from "./metrics.ts";
import type { ModelHosts } from "./model-hosts.ts";
import type {
  AdapterInfo,
  BackendName,
  Capabilities,
  KernelReport,
  ModelConfig,
  ModelInfo,
  ModelSource,
  RunnerName,
  ServerAddress,
} from "./model.ts";
import type { EnginePolicy } from "./policy.ts";
import type { Choice, Request, ResponseFormat, SubmittedRequest, TokenLogprob } from "./request.ts";
import type { CacheSnapshot, KernelProfile, StepTrace } from "./trace.ts";

export interface LoadParams {
  readonly source: ModelSource;
  readonly backend: BackendName;
  /** `gpu` falls back to `cpu` only where the caller asks again; never silently. */
  readonly runner: RunnerName;
  readonly policy: Partial<EnginePolicy>;
  /** Where ids of WebLLM's list are fetched; default: the usual hosts. */
  readonly hosts?: ModelHosts;
}

export interface LoadResult {
  readonly model: ModelInfo;
  readonly capabilities: Capabilities;
  /** Null where the backend schedules by itself and cannot be told how. */
  readonly policy: EnginePolicy | null;
}

export interface EngineStatus {
  readonly adapter: AdapterInfo | null;
  readonly kernels: readonly KernelReport[];
  readonly model: ModelInfo | null;
  /** What the loaded model holds on the GPU; null without one there, or where the backend does not tell. */
  readonly gpuMemory: GpuMemoryUse | null;
}

export interface GpuMemoryUse {
  readonly bytes: number;
  readonly numBuffers: number;
}

/** How fast the device reads its memory. */
export interface MemoryBandwidth {
  readonly bytesPerSecond: number;
  /** Size of the buffer that was swept. */
  readonly bytes: number;
  /** Time of one sweep. */
  readonly sweepMs: number;
}

/** A model of the user's own for the catalog. */
export interface OwnModel {
  readonly id: string;
  /** The folder of its files. */
  readonly url: string;
  /** Its compiled library, which WebLLM needs; null: for our engine alone. */
  readonly modelLib: string | null;
}

export interface ModelFamily {
  readonly name: string;
  /** `model_type` of its configuration. */
  readonly architecture: string;
  /** As the model card has it; null: see the model's page. */
  readonly licence: string | null;
}

/** What an engine makes of a model on this adapter, before any of its files is read. */
export interface CatalogFit {
  /** Why it cannot run; null where nothing speaks against it. */
  readonly unavailableReason: string | null;
  /** Why it may fail, where that is not certain. */
  readonly caution: string | null;
}

export interface CatalogModel {
  readonly id: string;
  /** One of the user's own. */
  readonly own: boolean;
  /** The folder of its files at its usual host, with a slash at its end. */
  readonly url: string;
  readonly modelLib: string | null;
  readonly quantization: string | null;
  /** Null where the name tells no known one. */
  readonly family: ModelFamily | null;
  /** Null where it is not known before the configuration is read. */
  readonly shape: ModelConfig | null;
  /** GPU memory that WebLLM states for weights, KV cache and scratch together. */
  readonly vramBytes: number | null;
  /** In WebLLM. */
  readonly contextWindow: number | null;
  readonly fits: Readonly<Record<"paged" | "web-llm", CatalogFit>>;
}

/** What a model's own files say, without its weights. */
export interface ModelFacts {
  /** Null where our engine cannot run it; `problem` says why. */
  readonly config: ModelConfig | null;
  readonly quantization: string | null;
  /** Of all weight files. */
  readonly weightBytes: number | null;
  readonly problem: SerializedError | null;
}

/** A model in the browser's storage, whole or in part, whichever engine put it there. */
export interface StoredModel {
  /** The model's folder, with a slash at its end. */
  readonly url: string;
  readonly storedBytes: number;
  /** Of all shards, as the manifest says. */
  readonly totalBytes: number;
}

/** Everything the page can ask of the worker: argument and result of each call. */
export interface Calls {
  load: { params: LoadParams; result: LoadResult };
  cancelLoad: { params: { readonly loadCallId: CallId }; result: null };
  unload: { params: null; result: null };
  configure: { params: Partial<EnginePolicy>; result: EnginePolicy };
  /** Resolves once accepted; tokens come as `step` or `chunk` events, the end as `finished` or `failed`. */
  submit: { params: SubmittedRequest; result: null };
  abort: { params: { readonly requestId: RequestId }; result: null };
  encode: { params: { readonly text: string }; result: readonly number[] };
  decode: { params: { readonly tokenIds: readonly number[] }; result: string };
  /** The prompt of a chat as token ids with the text of each, through the model's template. */
  applyTemplate: {
    params: Pick<Request, "prompt">;
    result: {
      readonly text: string;
      readonly tokenIds: readonly number[];
      readonly pieces: readonly string[];
    };
  };
  /** Whether answers can be held to it, as far as that needs no model. Rejects with `invalid-request` and why not. */
  checkFormat: { params: { readonly format: ResponseFormat }; result: null };
  snapshot: { params: null; result: CacheSnapshot | null };
  /** Drops every unlocked block of the prefix cache. */
  clearCache: { params: null; result: null };
  status: { params: null; result: EngineStatus };
  /** Measured when asked, on a device of its own; null without an adapter. Only right while nothing else runs. */
  bandwidth: { params: null; result: MemoryBandwidth | null };
  /** Steps run with a pass for each dispatch until `stopProfile`. Rejects with `unsupported` without timestamp queries. */
  startProfile: { params: null; result: null };
  /** Of the steps since `startProfile`; null where none was going on. */
  stopProfile: { params: null; result: KernelProfile | null };
  /** Ids of the models that a server offers. */
  serverModels: { params: ServerAddress; result: readonly string[] };
  /** WebLLM's list, the user's own models before it. Fetches WebLLM; rejects with `network`. */
  catalog: { params: { readonly own: readonly OwnModel[] }; result: readonly CatalogModel[] };
  /** Reads a model's configuration and manifest, not its weights. */
  inspect: { params: { readonly url: string }; result: ModelFacts };
  storedModels: { params: null; result: readonly StoredModel[] };
  /** Deletes a model's files, or only what has not arrived whole. */
  deleteStored: { params: { readonly url: string; readonly only: "all" | "partial" }; result: null };
}

export type CallName = keyof Calls;

/** One call from the page to the worker. */
export type Command = {
  [Name in CallName]: {
    readonly callId: CallId;
    readonly call: Name;
    readonly params: Calls[Name]["params"];
  };
}[CallName];

export interface LoadProgress {
  readonly stage:
    "config" | "tokenizer" | "download" | "weights" | "self-check" | "packing" | "pipelines" | "ready";
  readonly loadedBytes: number;
  readonly totalBytes: number;
  readonly bytesPerSecond: number;
  readonly file: string;
  /** Done part of the stage, 0 to 1, where the backend tells no bytes (`totalBytes` is 0 then). */
  readonly share?: number;
  /** The backend's own words. */
  readonly note?: string;
}

/** Everything the worker tells the page, unasked or in answer. */
export type EngineEvent =
  | { readonly type: "result"; readonly callId: CallId; readonly result: unknown }
  | ({ readonly type: "progress"; readonly callId: CallId } & LoadProgress)
  | { readonly type: "step"; readonly trace: StepTrace }
  /** From backends that tell no steps: a piece of text as it came, most often one token. */
  | {
      readonly type: "chunk";
      readonly requestId: RequestId;
      readonly choice: number;
      /** May be empty: a stop token, or one in the middle of a character. */
      readonly text: string;
      readonly atMs: EpochMs;
      readonly logprobs?: readonly TokenLogprob[];
    }
  /** A server is at its limits: the request is sent again after the wait. */
  | {
      readonly type: "waiting";
      readonly requestId: RequestId;
      readonly ms: number;
      /** Attempts refused so far, of how many at most. */
      readonly numRefused: number;
      readonly maxAttempts: number;
      readonly status: number;
    }
  | {
      readonly type: "finished";
      readonly requestId: RequestId;
      readonly choices: readonly Choice[];
      readonly metrics: RequestMetrics;
    }
  /** With callId: the call failed. With requestId: the request did; its partial text comes along. */
  | {
      readonly type: "failed";
      readonly callId?: CallId;
      readonly requestId?: RequestId;
      readonly error: SerializedError;
      readonly choices?: readonly Choice[];
    }
  | {
      readonly type: "device-lost";
      readonly reason: string;
      readonly message: string;
      readonly recovering: boolean;
    }
  | { readonly type: "heartbeat"; readonly step: number };

/** Heartbeat period of the worker; it is taken for dead after three misses without progress. */
export const heartbeatMs = 2000;
