/** A chat as the text that the model was trained to read. Two formats: Jinja, and MLC's own. */
import { Template } from "@huggingface/jinja";

import { InferscopeError, type Message } from "../../protocol/index.ts";

export interface RenderedChat {
  readonly text: string;
  /** Tokens before the text's: MLC puts the beginning-of-sequence token here, Jinja into the text. */
  readonly prefixTokenIds: readonly number[];
}

export interface ChatTemplate {
  /** Ends where the assistant's answer begins. Throws `bad-template` or `invalid-request`. */
  render(messages: readonly Message[]): RenderedChat;
}

/** `conv_template` of mlc-chat-config.json, as `workers/models/config.ts` validates it. */
export interface ConvTemplate {
  readonly system_template: string;
  readonly system_message: string;
  readonly system_prefix_token_ids?: readonly number[] | null | undefined;
  readonly add_role_after_system_message: boolean;
  readonly roles: Readonly<Record<string, string>>;
  readonly role_templates: Readonly<Record<string, string>>;
  readonly seps: readonly string[];
  readonly role_content_sep: string;
  readonly role_empty_sep: string;
}

export interface SpecialTokens {
  readonly bos_token: string | null;
  readonly eos_token: string | null;
  readonly pad_token: string | null;
  readonly unk_token: string | null;
}

const maxTemplateLength = 2 ** 18;

/** `chat_template` of tokenizer_config.json. Throws `bad-template`. */
export function jinjaTemplate(source: string, special: SpecialTokens): ChatTemplate {
  if (source.length > maxTemplateLength) {
    throw badTemplate(`is longer than ${maxTemplateLength} characters`, null);
  }
  const template = attempt("cannot be parsed", () => new Template(source));
  // Undefined where there is none: templates ask `is defined`.
  const tokens = Object.fromEntries(Object.entries(special).filter(([, token]) => token !== null));
  return {
    render: (messages) => ({
      text: attempt("refused the messages", () =>
        template.render({
          ...tokens,
          messages: messages.map(({ role, content }) => ({ role, content })),
          add_generation_prompt: true,
        }),
      ),
      prefixTokenIds: [],
    }),
  };
}

/** MLC's format (mlc-llm `protocol/conversation_protocol.py`, `as_prompt`). Throws `bad-template`. */
export function convTemplate(conv: ConvTemplate): ChatTemplate {
  for (const role of ["user", "assistant"]) {
    if (conv.roles[role] === undefined) throw badTemplate(`(conv_template) names no role "${role}"`, null);
  }
  const { seps } = conv;
  return {
    render(messages) {
      const system = messages.findLast(({ role }) => role === "system")?.content ?? conv.system_message;
      // MLC fills the system template even when the message is empty.
      const systemText = fill(conv.system_template, "{system_message}", system);
      const turns = messages.filter(({ role }) => role !== "system");
      const parts = turns.map(({ role, content }, index) => {
        const sep = seps[role === "assistant" ? seps.length - 1 : 0] ?? "";
        const joinsSystem = index === 0 && systemText !== "" && !conv.add_role_after_system_message;
        const opening = joinsSystem ? "" : `${conv.roles[role] ?? ""}${conv.role_content_sep}`;
        const template = fill(conv.role_templates[role] ?? `{${role}_message}`, "{function_string}", "");
        return `${opening}${fill(template, `{${role}_message}`, content)}${sep}`;
      });
      const answer = `${conv.roles["assistant"] ?? ""}${conv.role_empty_sep}`;
      return {
        text: `${systemText}${parts.join("")}${answer}`,
        prefixTokenIds: conv.system_prefix_token_ids ?? [],
      };
    },
  };
}

/** Puts the default system message in front of a chat that has none, in both formats alike. */
export function withDefaultSystem(messages: readonly Message[], systemMessage: string): readonly Message[] {
  if (systemMessage === "" || messages.some(({ role }) => role === "system")) return messages;
  return [{ role: "system", content: systemMessage }, ...messages];
}

/** Not `replace`: a message may contain "$&". */
const fill = (template: string, placeholder: string, value: string) =>
  template.split(placeholder).join(value);

function attempt<T>(problem: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw badTemplate(`${problem}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function badTemplate(problem: string, cause: unknown): InferscopeError {
  return new InferscopeError("bad-template", `The model's chat template ${problem}`, {
    hint: "Raw completion works without the template.",
    cause,
  });
}
