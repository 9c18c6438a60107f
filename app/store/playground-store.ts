/** The playground's conversations: kept while other views are shown. */
import { createStore, type StoreApi } from "zustand/vanilla";

import {
  serializeError,
  type GenerateRequest,
  type GeneratedToken,
  type Generation,
  type Inferscope,
  type Message,
  type Prompt,
  type RequestMetrics,
  type SamplingParams,
  type SerializedError,
} from "../../protocol/index.ts";
import type { EnginePort } from "./engine-port.ts";
import { prove, type Proof } from "./prove.ts";
import { exampleSchema, toResponseFormat, type StructuredOutput } from "./structured-output.ts";
import { throttle } from "./throttle.ts";

export type PlaygroundMode = "chat" | "raw";

export interface PromptPiece {
  readonly id: number;
  readonly text: string;
}

export interface Turn {
  readonly key: number;
  readonly user: string;
  readonly request: GenerateRequest;
  /** Null until known, or where the backend does not tell. */
  readonly promptPieces: readonly PromptPiece[] | null;
  readonly numCachedTokens: number | null;
  /** Whether the engine's prefix cache was on; null where it is not known. */
  readonly prefixCache: boolean | null;
  /** Tokens by choice, as they arrive. */
  readonly outputs: readonly (readonly GeneratedToken[])[];
  readonly submittedMs: number;
  readonly state: "running" | "finished" | "failed";
  readonly finishReason: string | null;
  readonly metrics: RequestMetrics | null;
  readonly error: SerializedError | null;
  readonly proof: Proof | null;
}

export interface PlaygroundState {
  readonly mode: PlaygroundMode;
  readonly system: string;
  readonly draft: string;
  readonly structured: StructuredOutput;
  readonly turns: Readonly<Record<PlaygroundMode, readonly Turn[]>>;
}

export interface PlaygroundActions {
  /** Throws `invalid-request` where the schema is no JSON. */
  send(text: string, sampling: SamplingParams): void;
  stop(): void;
  prove(turn: Turn): Promise<void>;
  clear(): void;
}

export interface Playground {
  readonly store: StoreApi<PlaygroundState>;
  readonly actions: PlaygroundActions;
}

export function createPlayground(
  inferscope: Pick<Inferscope, "generate" | "configure" | "decode">,
  port: Pick<EnginePort, "call" | "onStep">,
  now: () => number,
): Playground {
  const store = createStore<PlaygroundState>(() => ({
    mode: "chat",
    system: "",
    draft: "",
    structured: { type: "text", schemaText: exampleSchema },
    turns: { chat: [], raw: [] },
  }));
  let running: Generation | null = null;
  let proving: AbortController | null = null;
  let nextKey = 1;

  const update = (mode: PlaygroundMode, key: number, change: Partial<Turn>) => {
    store.setState(({ turns }) => ({
      turns: {
        ...turns,
        [mode]: turns[mode].map((turn) => (turn.key === key ? { ...turn, ...change } : turn)),
      },
    }));
  };

  const showPrompt = async (mode: PlaygroundMode, key: number, prompt: Prompt) => {
    try {
      const { tokenIds, pieces } = await port.call("applyTemplate", { prompt });
      const promptPieces = tokenIds.map((id, index) => ({ id, text: pieces[index] ?? "" }));
      update(mode, key, { promptPieces });
    } catch {
      // A backend without a template to show: the strip begins with the answer.
    }
  };

  /** Asked with each request: other views and scripts change the policy. */
  const notePolicy = async (mode: PlaygroundMode, key: number) => {
    try {
      const { prefixCache } = await inferscope.configure({});
      update(mode, key, { prefixCache });
    } catch {
      // A backend without a policy.
    }
  };

  const follow = async (mode: PlaygroundMode, key: number, generation: Generation, numChoices: number) => {
    const outputs: GeneratedToken[][] = Array.from({ length: numChoices }, () => []);
    // Tokens come faster than people read: the strip is committed 30 times a second.
    const commit = throttle(() => update(mode, key, { outputs: outputs.map((tokens) => [...tokens]) }), 33);
    const endSteps = port.onStep((trace) => {
      // Later samples start from the first one's prompt: what the request found is what choice 0 found.
      const row = trace.sequences.find(
        ({ requestId, choice }) => requestId === generation.requestId && choice === 0,
      );
      if (row?.phase !== "prefill") return;
      update(mode, key, { numCachedTokens: row.numCachedTokens });
    });
    try {
      for await (const token of generation) {
        outputs[token.choice]?.push(token);
        commit(null);
      }
      const result = await generation.result;
      update(mode, key, {
        state: "finished",
        finishReason: result.finishReason,
        metrics: result.metrics,
        numCachedTokens: result.metrics.numCachedTokens,
        submittedMs: result.submittedMs,
        outputs: outputs.map((tokens) => [...tokens]),
      });
    } catch (error) {
      update(mode, key, {
        state: "failed",
        error: serializeError(error),
        outputs: outputs.map((tokens) => [...tokens]),
      });
    } finally {
      endSteps();
      if (running === generation) running = null;
    }
  };

  const actions: PlaygroundActions = {
    send: (text, sampling) => {
      const { mode, system, turns, structured } = store.getState();
      const prompt = promptOf(mode, system, turns.chat, text);
      const responseFormat = toResponseFormat(structured);
      const request: GenerateRequest = {
        ...prompt.request,
        sampling,
        ...(responseFormat.type === "text" ? {} : { responseFormat }),
      };
      const key = nextKey++;
      const turn: Turn = {
        key,
        user: text,
        request,
        promptPieces: null,
        numCachedTokens: null,
        prefixCache: null,
        outputs: Array.from({ length: sampling.n }, () => []),
        submittedMs: now(),
        state: "running",
        finishReason: null,
        metrics: null,
        error: null,
        proof: null,
      };
      store.setState({ draft: "", turns: { ...turns, [mode]: [...turns[mode], turn] } });
      void showPrompt(mode, key, prompt.prompt);
      void notePolicy(mode, key);
      running = inferscope.generate(request);
      void follow(mode, key, running, sampling.n);
    },
    stop: () => {
      running?.abort();
      proving?.abort();
    },
    prove: async (turn) => {
      const { mode } = store.getState();
      const controller = new AbortController();
      proving = controller;
      const show = (proof: Proof) => update(mode, turn.key, { proof });
      await prove(inferscope, turn, show, controller.signal);
      proving = null;
    },
    clear: () => {
      actions.stop();
      store.setState(({ mode, turns }) => ({ turns: { ...turns, [mode]: [] } }));
    },
  };
  return { store, actions };
}

/** The chat so far (turns that failed without a word are left out) and the new message. */
function promptOf(
  mode: PlaygroundMode,
  system: string,
  turns: readonly Turn[],
  text: string,
): { request: GenerateRequest; prompt: Prompt } {
  if (mode === "raw") return { request: { prompt: text }, prompt: { type: "text", text } };
  const messages: Message[] = system.trim() === "" ? [] : [{ role: "system", content: system }];
  for (const turn of turns) {
    const answer = (turn.outputs[0] ?? []).map((token) => token.text).join("");
    if (answer === "") continue;
    messages.push({ role: "user", content: turn.user }, { role: "assistant", content: answer });
  }
  messages.push({ role: "user", content: text });
  return { request: { messages }, prompt: { type: "messages", messages } };
}
