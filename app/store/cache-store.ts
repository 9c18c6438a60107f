/** What the Cache view knows: kept while other views are shown. */
import { createStore, type StoreApi } from "zustand/vanilla";

import {
  InferscopeError,
  isExpired,
  now,
  serializeError,
  type AbortSignalLike,
  type CacheSnapshot,
  type EnginePolicy,
  type Eviction,
  type Inferscope,
  type Message,
  type SerializedError,
} from "../../protocol/index.ts";
import {
  cachedPrefix,
  explainBreak,
  tokenizedPrompt,
  type CacheBreak,
  type TokenizedPrompt,
} from "../lab/prompt/blocks.ts";
import { interruptionOf } from "../lab/interruptions.ts";
import { buildPrompt, defaultSections, requestValues, type PromptSection } from "../lab/prompt/sections.ts";
import type { EngineActions, EngineState } from "./engine-store.ts";
import type { EnginePort } from "./engine-port.ts";
import type { StepFeed } from "./step-feed.ts";
import { throttle } from "./throttle.ts";

/** One request that was sent here, as it ran. */
export interface SentRequest {
  /** 1 is the first. */
  readonly number: number;
  readonly prompt: TokenizedPrompt;
  readonly numCachedTokens: number;
  readonly ttftMs: number | null;
  readonly answer: string;
  readonly blockSize: number;
  readonly cacheBreak: CacheBreak;
}

export interface Forecast {
  readonly prompt: TokenizedPrompt;
  /** What it would find in the cache as it is now. */
  readonly numCachedTokens: number;
}

export interface SeenEviction extends Eviction {
  readonly step: number;
}

export interface CacheState {
  readonly sections: readonly PromptSection[];
  readonly position: number;
  readonly repeats: number;
  readonly sent: readonly SentRequest[];
  readonly forecast: Forecast | null;
  /** A request is on its way. */
  readonly isSending: boolean;
  /** Of the last thing that was tried. */
  readonly error: SerializedError | null;
  readonly snapshot: CacheSnapshot | null;
  /** When the snapshot was taken. */
  readonly snapshotMs: number;
  /** Seen since the page was opened, the latest first. */
  readonly evictions: readonly SeenEviction[];
  readonly numEvictedBlocks: number;
}

export interface CacheStore {
  readonly store: StoreApi<CacheState>;
  readonly actions: CacheActions;
}

export interface CacheActions {
  setSections(sections: readonly PromptSection[]): void;
  send(): Promise<void>;
  cancel(): void;
  emptyCache(): Promise<void>;
  refresh(): Promise<void>;
}

const most = { sent: 200, evictions: 200, answerTokens: 48 } as const;
function initialState(): CacheState {
  const sections = defaultSections();
  return {
    ...{ sections, position: 0, repeats: 5, sent: [], forecast: null, isSending: false, error: null },
    ...{ snapshot: null, snapshotMs: 0 },
    ...{ evictions: [], numEvictedBlocks: 0 },
  };
}

export interface CacheContext {
  readonly inferscope: Pick<Inferscope, "generate" | "snapshot" | "clearCache">;
  readonly client: Pick<EnginePort, "call">;
  readonly engine: {
    readonly store: StoreApi<EngineState>;
    readonly actions: Pick<EngineActions, "configure">;
  };
  readonly feed: Pick<StepFeed, "onStep">;
}

export function createCacheStore({ inferscope, client, engine, feed }: CacheContext): CacheStore {
  const store = createStore<CacheState>(initialState);
  let controller: AbortController | null = null;
  let numForecasts = 0;

  const encodeChat = (messages: readonly Message[]) =>
    client.call("applyTemplate", { prompt: { type: "messages", messages } });

  const build = (requestId: string) => {
    const { sections, sent } = store.getState();
    const built = buildPrompt(sections, requestValues(sent.at(-1)?.number ?? 0, new Date(), requestId));
    if (built.messages.length === 0) throw new InferscopeError("invalid-request", "The prompt is empty.");
    return built;
  };

  const look = async (): Promise<void> => {
    const snapshot = await inferscope.snapshot();
    store.setState({ snapshot, snapshotMs: now() });
    if (snapshot !== null) engine.store.setState({ kv: snapshot.kv });
  };

  /** What the next request would find; left out where the prompt cannot be read. */
  const foresee = async (): Promise<void> => {
    const own = (numForecasts += 1);
    try {
      const built = build("next");
      const prompt = tokenizedPrompt(built, await encodeChat(built.messages));
      const { snapshot } = store.getState();
      const { policy } = engine.store.getState();
      const numCachedTokens =
        snapshot !== null && policy?.prefixCache === true
          ? cachedPrefix(unexpired(snapshot, policy), prompt.tokenIds)
          : 0;
      if (own === numForecasts) store.setState({ forecast: { prompt, numCachedTokens } });
    } catch {
      // Sending says what is wrong.
      if (own === numForecasts) store.setState({ forecast: null });
    }
  };

  const refresh = async (): Promise<void> => {
    if (!hasInspectableCache(engine.store.getState().load)) return;
    try {
      // What is in effect may have changed where nobody told: the engine says it.
      await engine.actions.configure({});
      await look();
      await foresee();
    } catch (error) {
      store.setState({ error: serializeError(error) });
    }
  };

  /** One request at a time; what goes wrong ends in the state. */
  const sendOne = async (): Promise<void> => {
    if (controller !== null) return;
    const own = new AbortController();
    controller = own;
    store.setState({ isSending: true, error: null });
    try {
      await send(own.signal);
    } catch (error) {
      const failure = serializeError(error);
      if (failure.kind !== "aborted") store.setState({ error: failure });
    } finally {
      controller = null;
      store.setState({ isSending: false });
    }
    await refresh();
  };

  const send = async (signal: AbortSignalLike): Promise<void> => {
    const built = build(crypto.randomUUID().slice(0, 8));
    await engine.actions.configure({});
    const { policy } = engine.store.getState();
    if (policy === null) throw new InferscopeError("no-model", "No model is loaded.");
    const prompt = tokenizedPrompt(built, await encodeChat(built.messages));
    const sampling = { temperature: 0, maxTokens: most.answerTokens };
    const generation = inferscope.generate({ messages: built.messages, sampling });
    signal.addEventListener("abort", () => generation.abort());
    const { metrics, text, finishReason } = await generation.result;
    if (finishReason === "abort") throw new InferscopeError("aborted", "The request was cancelled.");
    const numCachedTokens = metrics.numCachedTokens ?? 0;
    const { blockSize, prefixCache } = policy;
    store.setState(({ sent }) => {
      const earlier = sent.map((request) => request.prompt);
      const request: SentRequest = {
        number: (sent.at(-1)?.number ?? 0) + 1,
        ...{ prompt, numCachedTokens, blockSize, answer: text },
        ttftMs: interruptionOf([{ metrics }]) === null ? metrics.ttftMs : null,
        cacheBreak: explainBreak({ prompt, numCachedTokens, blockSize, prefixCache, earlier }),
      };
      return { sent: [...sent, request].slice(-most.sent) };
    });
  };

  const lookSoon = throttle(() => {
    if (controller === null) void look().catch(() => undefined);
  }, 1000);
  feed.onStep(({ evictions, step }) => {
    lookSoon(null);
    if (evictions.length === 0) return;
    const seen = evictions.map((eviction): SeenEviction => ({ ...eviction, step })).toReversed();
    const numBlocks = evictions.reduce((sum, eviction) => sum + eviction.numBlocks, 0);
    store.setState((state) => ({
      evictions: [...seen, ...state.evictions].slice(0, most.evictions),
      numEvictedBlocks: state.numEvictedBlocks + numBlocks,
    }));
  });
  // Another model: other tokens, another cache.
  engine.store.subscribe(({ load, policy }, before) => {
    if (load === before.load) {
      // Another policy finds something else in the cache.
      if (policy !== before.policy && controller === null) void foresee();
      return;
    }
    if (load.type === "loading") return;
    const { sections, position, repeats } = store.getState();
    controller?.abort();
    store.setState({ ...initialState(), sections, position, repeats });
    void refresh();
  });

  const actions: CacheActions = {
    setSections: (sections) => {
      store.setState(({ position }) => ({ sections, position: Math.min(position, sections.length) }));
      void foresee();
    },
    send: sendOne,
    cancel: () => controller?.abort(),
    emptyCache: async () => {
      await inferscope.clearCache();
      await refresh();
    },
    refresh,
  };
  return { store, actions };
}

/** What the next request will find: the engine drops the rest when that request comes. */
function unexpired(snapshot: CacheSnapshot, { cacheTtlSeconds }: EnginePolicy): CacheSnapshot {
  const atMs = now();
  const nodes = snapshot.nodes.filter(({ lastUsedMs }) => !isExpired(lastUsedMs, atMs, cacheTtlSeconds));
  return { ...snapshot, nodes };
}

/** Only our own engine shows its blocks. */
export const hasInspectableCache = (load: EngineState["load"]): boolean =>
  load.type === "ready" && load.capabilities.prefixCache === "cross-request";
