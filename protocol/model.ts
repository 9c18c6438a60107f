/** Shape of a Llama-family decoder: what synthetic weights are made from. */
export interface ModelConfig {
  readonly architecture: "llama" | "qwen2" | "qwen3";
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headDim: number;
  readonly vocabSize: number;
  readonly contextWindow: number;
  readonly rmsNormEps: number;
  readonly ropeTheta: number;
  readonly tieWordEmbeddings: boolean;
  readonly ropeScaling: Llama3RopeScaling | null;
}

export interface Llama3RopeScaling {
  readonly factor: number;
  readonly lowFreqFactor: number;
  readonly highFreqFactor: number;
  readonly originalMaxPositionEmbeddings: number;
}

/** A shape without weights: they are made by a hash on the device, and the text is noise. */
export type SyntheticModel = ModelConfig & {
  /** What to call it; default: its architecture and number of layers. */
  readonly name?: string;
  /** Default: q4f16_1. */
  readonly quantization?: Quantization;
};

export type Quantization = "q0f16" | "q0f32" | "q4f16_1" | "q4f32_1";

export type BackendName = "paged" | "web-llm" | "openai";
export type RunnerName = "gpu" | "cpu";

/** Any server that speaks OpenAI's protocol. */
export interface ServerAddress {
  /** With or without `/v1` at its end: https, or http on this machine. */
  readonly baseUrl: string;
  /** Sent to this address's origin and nowhere else; in no error, log, report or link. */
  readonly apiKey?: string;
  /** When it is given up; default: `defaultServerLimits`. */
  readonly limits?: Partial<ServerLimits>;
}

/** How long a server may be silent, and how much it may say. */
export interface ServerLimits {
  /** Longest time to the first piece of an answer, and from one to the next while the connection is kept open. */
  readonly answerMs: number;
  /** Longest time without a byte, once the first has come. */
  readonly silenceMs: number;
  /** Most bytes of one answer, as it is streamed. */
  readonly answerBytes: number;
}

/**
 * Five minutes: a server's queue and a long prompt come before the first piece. Two minutes: many keep a
 * connection open with a byte every 15 s. 64 MiB: 128,000 tokens in events of 500 bytes.
 */
export const defaultServerLimits: ServerLimits = {
  answerMs: 300_000,
  silenceMs: 120_000,
  answerBytes: 2 ** 26,
};

export interface ServerConfig extends ServerAddress {
  readonly model: string;
}

export type ModelSource =
  | { readonly id: string } // the embedded model ("scope-2m-q4f16_1"), or an id of WebLLM's list
  // A model folder. WebLLM wants the address of the model's compiled library as well.
  // sha256: by path in the folder, what the files must be (64 hex digits).
  | { readonly url: string; readonly modelLib?: string; readonly sha256?: Readonly<Record<string, string>> }
  | { readonly folder: unknown } // FileSystemDirectoryHandle, a DOM type
  | { readonly synthetic: SyntheticModel }
  | { readonly server: ServerConfig };

export interface ModelInfo {
  readonly id: string;
  /** `null` where the backend does not tell, here and below. */
  readonly architecture: string | null;
  readonly quantization: string | null;
  readonly numParams: number | null;
  readonly contextWindow: number | null;
  readonly vocabSize: number | null;
  readonly weightBytes: number | null;
  readonly kvBytesPerToken: number | null;
  readonly numBlocks: number | null;
  readonly blockSize: number | null;
  readonly synthetic: boolean;
  readonly runner: RunnerName | null;
  readonly backend: BackendName;
  /** MD5 over the shards' MD5s in manifest order. */
  readonly weightsHash: string | null;
  readonly stopTokenIds: readonly number[];
  /** Origin of the server that runs it; missing where it runs in this browser. */
  readonly server?: string;
}

/** What a backend can do. What it lacks is said, never filled in with a zero or a guess. */
export interface Capabilities {
  readonly batching: "continuous" | "queue" | "server";
  readonly prefixCache: "cross-request" | "last-conversation" | "server" | "none";
  readonly gpuTiming: boolean;
  readonly structuredOutput: boolean;
  /** Whether the number of prompt tokens served from a cache is known. */
  readonly cachedTokenCounts: boolean;
  readonly rawCompletion: boolean;
  readonly tokenIds: boolean;
  readonly logprobs: boolean;
}

/** The device the figures were measured on. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  /** A CPU that poses as a GPU (SwiftShader): right results, no timing worth a word. */
  readonly isSoftware: boolean;
}

/** Which kernel variants the self-check and the micro-benchmark kept on this adapter. */
export interface KernelReport {
  readonly kernel: string;
  readonly variant: string;
  readonly status: "chosen" | "passed" | "failed" | "unavailable";
  readonly maxError: number | null;
  readonly microseconds: number | null;
  readonly note: string;
}
