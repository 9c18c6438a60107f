/** `window.inferscope` over the client: checks what it is given, then asks the engine. See docs/api.md. */
import {
  InferscopeError,
  now,
  requestId,
  serializeError,
  deserializeError,
  type AbortSignalLike,
  type GenerateRequest,
  type Generation,
  type Inferscope,
  type ModelHosts,
} from "../../protocol/index.ts";
import type { EngineClient } from "./engine-client.ts";
import { GenerationState } from "./generation.ts";
import { checkPolicyChange, checkTokenIds, toRequest, toSource } from "./validate.ts";

/** Experiments and tools by name; they get the options of `run` unchecked. */
export type Runnable = Readonly<
  Record<string, (options: Readonly<Record<string, unknown>>) => Promise<unknown>>
>;

const version = "0.1.0";

export function createInferscope(
  client: EngineClient,
  runnable: Runnable,
  hosts: () => ModelHosts,
  baseUrl: string = document.baseURI,
): Inferscope {
  let nextRequest = 1;

  function generate(given: GenerateRequest): Generation {
    const id = requestId(`req-${nextRequest++}`);
    try {
      return client.generate(toRequest(id, given));
    } catch (error) {
      // Refused before it was sent, told in the same place as a refusal by the engine.
      const generation = new GenerationState(id, now(), () => undefined);
      generation.fail(deserializeError(serializeError(error)));
      return generation;
    }
  }

  return {
    version,
    generate,
    async load(source, options = {}) {
      const { model } = await client.load(
        {
          source: toSource(source, baseUrl, hosts()),
          backend: options.backend ?? "paged",
          runner: options.runner ?? "gpu",
          policy: checkPolicyChange(options.policy ?? {}),
          hosts: hosts(),
        },
        {
          ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
          ...(options.signal === undefined ? {} : { signal: abortSignal(options.signal) }),
        },
      );
      return model;
    },
    configure: async (policy) => client.call("configure", checkPolicyChange(policy)),
    async encode(text) {
      if (typeof text !== "string") throw new InferscopeError("invalid-request", "encode wants a string");
      return client.call("encode", { text });
    },
    decode: async (tokenIds) =>
      client.call("decode", { tokenIds: checkTokenIds("tokenIds", tokenIds, true) }),
    async run(name, options = {}) {
      const experiment = Object.hasOwn(runnable, name) ? runnable[name] : undefined;
      if (experiment === undefined) {
        throw new InferscopeError("invalid-request", `there is no experiment "${name}"`, {
          hint: `Known experiments: ${Object.keys(runnable).join(", ")}.`,
        });
      }
      try {
        return await experiment(options);
      } catch (cause) {
        // Its code is fetched on the way.
        const error = serializeError(cause);
        throw error.kind === "app-part" ? deserializeError(error) : cause;
      }
    },
    onStep: (listener) => client.onStep(listener),
    snapshot: () => client.call("snapshot", null),
    status: () => client.call("status", null),
    async clearCache() {
      await client.call("clearCache", null);
    },
    capabilities: () => client.status.loaded?.capabilities ?? null,
  };
}

function abortSignal(signal: AbortSignalLike): AbortSignal {
  if (signal instanceof AbortSignal) return signal;
  const controller = new AbortController();
  if (signal.aborted) controller.abort();
  else signal.addEventListener("abort", () => controller.abort());
  return controller.signal;
}
