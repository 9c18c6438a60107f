/** What the engine's thread asks of the thread that runs foreign templates and patterns. */
import type { Message, SerializedError } from "../../protocol/index.ts";
import type { SpecialTokens } from "./chat-template.ts";

export interface SandboxCalls {
  /** `tokenizer.json` and `tokenizer_config.json`, as parsed. */
  readonly "open-tokenizer": {
    readonly params: { readonly tokenizer: object; readonly config: object };
    readonly result: null;
  };
  readonly "open-template": {
    readonly params: { readonly source: string; readonly special: SpecialTokens };
    readonly result: null;
  };
  readonly encode: {
    readonly params: { readonly text: string; readonly addSpecialTokens: boolean };
    readonly result: readonly number[];
  };
  readonly render: { readonly params: readonly Message[]; readonly result: string };
}

export type SandboxCallName = keyof SandboxCalls;

export type SandboxCommand = {
  [Name in SandboxCallName]: { readonly call: Name; readonly params: SandboxCalls[Name]["params"] };
}[SandboxCallName];

/** `ready` comes first, then one answer to each command, in turn. */
export type SandboxReply =
  | { readonly type: "ready" }
  | { readonly type: "result"; readonly result: unknown }
  | { readonly type: "failed"; readonly error: SerializedError };
