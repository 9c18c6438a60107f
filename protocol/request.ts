import type { EpochMs, RequestId } from "./ids.ts";

export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface SamplingParams {
  /** 0 is greedy. */
  readonly temperature: number;
  /** Keep the k most likely tokens; 0 keeps all. */
  readonly topK: number;
  /** Keep the smallest set of tokens whose probability reaches topP; 1 keeps all. */
  readonly topP: number;
  readonly maxTokens: number;
  /** Same seed, prompt and parameters: same tokens. */
  readonly seed: number;
  /** Generation ends before the first of these strings; it is not part of the text. */
  readonly stop: readonly string[];
  /** Go on to maxTokens past the model's stop tokens (for measurements). */
  readonly ignoreEos: boolean;
  /** Samples per request; they share the prompt's blocks. Choice i draws with seed + i. */
  readonly n: number;
  /** Number of most likely tokens reported per generated token, 0 to 20. */
  readonly logprobs: number;
}

export const defaultSampling: SamplingParams = {
  temperature: 0,
  topK: 0,
  topP: 1,
  maxTokens: 128,
  seed: 0,
  stop: [],
  ignoreEos: false,
  n: 1,
  logprobs: 0,
};

/**
 * What an answer must be. `json_object`: any JSON object. `json_schema`: JSON that the schema accepts,
 * properties in the schema's order, `", "` and `": "` between them and no other white space.
 */
export type ResponseFormat =
  | { readonly type: "text" }
  | { readonly type: "json_object" }
  | { readonly type: "json_schema"; readonly schema: Readonly<Record<string, unknown>> };

/** What the model reads: a chat, raw text, or token ids as they are. */
export type Prompt =
  | { readonly type: "messages"; readonly messages: readonly Message[] }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tokens"; readonly tokenIds: readonly number[] };

/** What a caller submits. A `Sequence` is what the engine schedules for it. */
export interface Request {
  readonly id: RequestId;
  readonly prompt: Prompt;
  readonly sampling: SamplingParams;
  readonly responseFormat: ResponseFormat;
  /** False keeps this request from reading the prefix cache ("prove it" reruns so). */
  readonly usePrefixCache: boolean;
}

/**
 * A request on its way. It is stamped once, by the page as it submits it (a server of ours: as the
 * request arrives), and the time travels along: queue time, TTFT and end-to-end time begin there
 * for every engine, so that templating, tokenizing and a blocked thread are part of them.
 */
export interface SubmittedRequest extends Request {
  readonly submittedMs: EpochMs;
}

/** A token with its log-probability under the model's distribution (before temperature). */
export interface TokenLogprob {
  /** Null where the backend tells no ids; then `text` is there. */
  readonly tokenId: number | null;
  readonly text?: string;
  readonly logprob: number;
}

export type FinishReason = "stop" | "length" | "abort";

export interface Choice {
  readonly index: number;
  readonly tokenIds: readonly number[];
  readonly text: string;
  readonly finishReason: FinishReason;
  /** Per generated token the most likely tokens, best first; present when logprobs > 0. */
  readonly logprobs?: readonly (readonly TokenLogprob[])[];
}
