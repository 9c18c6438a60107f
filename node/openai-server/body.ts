/** What a client asks for, in OpenAI's words, as a request to our engine. */
import { z } from "zod";

import { defaultSampling, type Request, type RequestId, type ResponseFormat } from "../../protocol/index.ts";
import { Refusal } from "./limits.ts";

const content = z.union([
  z.string(),
  z
    .array(z.object({ type: z.literal("text"), text: z.string() }))
    .transform((parts) => parts.map((part) => part.text).join("")),
]);
const stopText = z.string().max(1000);
const stop = z.union([stopText.transform((text) => [text]), z.array(stopText).max(8)]);

const common = {
  model: z.string(),
  stream: z.boolean().default(false),
  stream_options: z.object({ include_usage: z.boolean().default(false) }).nullish(),
  temperature: z.number().min(0).max(2).default(1),
  top_p: z.number().gt(0).max(1).default(1),
  top_k: z.int().min(0).default(0),
  max_tokens: z.int().min(1).optional(),
  max_completion_tokens: z.int().min(1).optional(),
  seed: z.int().default(0),
  n: z.int().min(1).max(8).default(1),
  stop: stop.nullish(),
  ignore_eos: z.boolean().default(false),
  response_format: z
    .union([
      z.object({ type: z.enum(["text", "json_object"]) }),
      z.object({
        type: z.literal("json_schema"),
        json_schema: z.object({ schema: z.record(z.string(), z.unknown()) }),
      }),
    ])
    .default({ type: "text" }),
};

const chatBody = z.object({
  ...common,
  messages: z.array(z.object({ role: z.enum(["system", "user", "assistant"]), content })).min(1),
});
const completionBody = z.object({ ...common, prompt: z.string().min(1) });

export interface Asked {
  readonly request: Request;
  readonly model: string;
  readonly streams: boolean;
  readonly tellsUsage: boolean;
}

const defaultMaxTokens = 128;

/** Throws a `Refusal` that says what is wrong with it. */
export function readBody(kind: "chat" | "completion", json: unknown, id: RequestId): Asked {
  const read = kind === "chat" ? chatBody.safeParse(json) : completionBody.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    const place = issue === undefined ? "" : `${issue.path.join(".")}: ${issue.message}`;
    throw new Refusal(400, { kind: "invalid-request", message: `The body cannot be read: ${place}` });
  }
  const body = read.data;
  return {
    model: body.model,
    streams: body.stream,
    tellsUsage: body.stream_options?.include_usage ?? false,
    request: {
      id,
      prompt:
        "messages" in body
          ? { type: "messages", messages: body.messages }
          : { type: "text", text: body.prompt },
      sampling: {
        ...defaultSampling,
        temperature: body.temperature,
        topP: body.top_p,
        topK: body.top_k,
        maxTokens: body.max_completion_tokens ?? body.max_tokens ?? defaultMaxTokens,
        seed: body.seed,
        n: body.n,
        stop: body.stop ?? [],
        ignoreEos: body.ignore_eos,
      },
      responseFormat: formatOf(body.response_format),
      usePrefixCache: true,
    },
  };
}

function formatOf(format: z.infer<typeof common.response_format>): ResponseFormat {
  return format.type === "json_schema" ? { type: format.type, schema: format.json_schema.schema } : format;
}
