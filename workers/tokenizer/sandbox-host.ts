/** The sandbox's half: opens and runs what is foreign, free of any worker global. */
import { assertNever, InferscopeError, serializeError, type Message } from "../../protocol/index.ts";
import { jinjaTemplate, type ChatTemplate } from "./chat-template.ts";
import { openEncoder, type Encoder } from "./encoder.ts";
import type { SandboxCalls, SandboxCommand, SandboxReply } from "./sandbox-protocol.ts";

export class SandboxHost {
  #encoder: Encoder | null = null;
  #template: ChatTemplate | null = null;

  /** Never throws. */
  handle(command: SandboxCommand): SandboxReply {
    try {
      return { type: "result", result: this.#answer(command) };
    } catch (error) {
      return { type: "failed", error: serializeError(error) };
    }
  }

  #answer(command: SandboxCommand): SandboxCalls[SandboxCommand["call"]]["result"] {
    switch (command.call) {
      case "open-tokenizer":
        this.#encoder = openEncoder(command.params.tokenizer, command.params.config);
        return null;
      case "open-template":
        this.#template = jinjaTemplate(command.params.source, command.params.special);
        return null;
      case "encode":
        if (this.#encoder === null) throw notOpen();
        return this.#encoder.encode(command.params.text, command.params.addSpecialTokens);
      case "render":
        if (this.#template === null) throw notOpen();
        return rendered(this.#template, command.params);
      default:
        return assertNever(command);
    }
  }
}

/** A template writes the messages and a little around them; doubled a few times, a text fills the memory. */
const charsAround = 2 ** 20;
const timesMessages = 8;

function rendered(template: ChatTemplate, messages: readonly Message[]): string {
  const { text } = template.render(messages);
  const numChars = messages.reduce((sum, { content }) => sum + content.length, 0);
  if (text.length <= charsAround + timesMessages * numChars) return text;
  throw new InferscopeError(
    "bad-template",
    `The model's chat template makes ${text.length} characters of ${numChars}`,
    { hint: "Raw completion works without the template." },
  );
}

const notOpen = () =>
  new InferscopeError("internal", "The tokenizer's thread was asked before it was opened.");
