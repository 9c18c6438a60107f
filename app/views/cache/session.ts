/** What the Cache view knows: kept while other views are shown, made when it is first opened. */
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
  type Message,
  type SerializedError,
} from "../../../protocol/index.ts";
import {
  cachedPrefix,
  explainBreak,
  tokenizedPrompt,
  type CacheBreak,
  type TokenizedPrompt,
} from "../../lab/cache/blocks.ts";
import { buildPrompt, defaultSections, requestValues, type PromptSection } from "../../lab/cache/sections.ts";
import { interruptionOf } from "../../lab/interruptions.ts";
import { measureTimestamp, summarizeTimestamp, type TimestampSummary } from "../../lab/cache/timestamp.ts";
import type { Services } from "../../store/services.tsx";
import { throttle } from "../../store/throttle.ts";

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
  readonly activity:
    | null
    | { readonly kind: "send" }
    | { readonly kind: "timestamp"; readonly done: number; readonly total: number };
  /** Of the last thing that was tried. */
  readonly error: SerializedError | null;
  readonly timestamp: (TimestampSummary & { readonly position: string; readonly blockSize: number }) | null;
  readonly snapshot: CacheSnapshot | null;
  /** When the snapshot was taken. */
  readonly snapshotMs: number;
  /** In effect; null before the engine told. */
  readonly policy: EnginePolicy | null;
  readonly refusal: SerializedError | null;
  /** Seen since this view was first opened, the latest first. */
  readonly evictions: readonly SeenEviction[];
  readonly numEvictedBlocks: number;
}

export interface CacheSession {
  readonly store: StoreApi<CacheState>;
  readonly actions: CacheActions;
}

export interface CacheActions {
  setSections(sections: readonly PromptSection[]): void;
  send(): Promise<void>;
  measureTimestamp(): Promise<void>;
  cancel(): void;
  emptyCache(): Promise<void>;
  /** False when the engine refused. */
  configure(change: Partial<EnginePolicy>): Promise<boolean>;
  refresh(): Promise<void>;
}

const most = { sent: 200, evictions: 200, answerTokens: 48 } as const;
const sessions = new WeakMap<Services, CacheSession>();

export function cacheSession(services: Services): CacheSession {
  const known = sessions.get(services) ?? createSession(services);
  sessions.set(services, known);
  return known;
}

function initialState(): CacheState {
  const sections = defaultSections();
  return {
    ...{ sections, position: 0, repeats: 5, sent: [], forecast: null, activity: null, error: null },
    ...{ timestamp: null, snapshot: null, snapshotMs: 0, policy: null, refusal: null },
    ...{ evictions: [], numEvictedBlocks: 0 },
  };
}

function createSession({ inferscope, client, engine }: Services): CacheSession {
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
      const { snapshot, policy } = store.getState();
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
      const policy = await inferscope.configure({});
      store.setState({ policy });
      await look();
      await foresee();
    } catch (error) {
      store.setState({ error: serializeError(error) });
    }
  };

  /** One activity at a time; what goes wrong ends in the state. */
  const act = async (
    activity: NonNullable<CacheState["activity"]>,
    work: (signal: AbortSignalLike) => Promise<void>,
  ): Promise<void> => {
    if (controller !== null) return;
    const own = new AbortController();
    controller = own;
    store.setState({ activity, error: null });
    try {
      await work(own.signal);
    } catch (error) {
      const failure = serializeError(error);
      if (failure.kind !== "aborted") store.setState({ error: failure });
    } finally {
      controller = null;
      store.setState({ activity: null });
    }
    await refresh();
  };

  const send = async (signal: AbortSignalLike): Promise<void> => {
    const built = build(crypto.randomUUID().slice(0, 8));
    const policy = await inferscope.configure({});
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
        ...{
          prompt,
          numCachedTokens,
          blockSize,
          ttftMs: interruptionOf([{ metrics }]) === null ? metrics.ttftMs : null,
          answer: text,
        },
        cacheBreak: explainBreak({ prompt, numCachedTokens, blockSize, prefixCache, earlier }),
      };
      return { sent: [...sent, request].slice(-most.sent) };
    });
  };

  const measure = async (signal: AbortSignalLike): Promise<void> => {
    const { sections, position, repeats } = store.getState();
    const { blockSize, prefixCache } = await inferscope.configure({});
    store.setState({ timestamp: null });
    const samples = await measureTimestamp(
      {
        generate: (request) => inferscope.generate(request),
        clearCache: () => inferscope.clearCache(),
        encodeChat,
      },
      { sections, position, repeats, blockSize, prefixCache },
      {
        signal,
        now: () => new Date(),
        onProgress: (done, total) => store.setState({ activity: { kind: "timestamp", done, total } }),
      },
    );
    const summary = summarizeTimestamp(samples);
    if (summary === null) return;
    store.setState({ timestamp: { ...summary, position: positionName(sections, position), blockSize } });
  };

  const lookSoon = throttle(() => {
    if (controller === null) void look().catch(() => undefined);
  }, 1000);
  client.onStep(({ evictions, step }) => {
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
  engine.store.subscribe(({ load }, before) => {
    if (load === before.load || load.type === "loading") return;
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
    send: () => act({ kind: "send" }, send),
    measureTimestamp: () => act({ kind: "timestamp", done: 0, total: 2 * store.getState().repeats }, measure),
    cancel: () => controller?.abort(),
    emptyCache: async () => {
      await inferscope.clearCache();
      await refresh();
    },
    configure: async (change) => {
      try {
        const policy = await inferscope.configure(change);
        store.setState({ policy, refusal: null });
        return true;
      } catch (error) {
        store.setState({ refusal: serializeError(error) });
        return false;
      } finally {
        await refresh();
      }
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
export function hasInspectableCache(
  load: ReturnType<Services["engine"]["store"]["getState"]>["load"],
): boolean {
  return load.type === "ready" && load.capabilities.prefixCache === "cross-request";
}

/** "at the front", "after System", "at the end". */
export function positionName(sections: readonly PromptSection[], position: number): string {
  const before = sections[position - 1];
  if (before === undefined) return "at the front";
  return position >= sections.length ? "at the end" : `after ${before.name}`;
}
