import { describe, expect, it, vi } from "vitest";

import {
  defaultPolicy,
  InferscopeError,
  type CallName,
  type ModelFacts,
  requestId,
  type LoadParams,
  type LoadProgress,
  type LoadResult,
} from "../../protocol/index.ts";
import type { EnginePort, PortStatus } from "./engine-port.ts";
import { createEngineStore } from "./engine-store.ts";

function result(params: LoadParams): LoadResult {
  return {
    model: { id: "scope-2m-q4f16_1", runner: params.runner } as LoadResult["model"],
    capabilities: {} as LoadResult["capabilities"],
    policy: defaultPolicy,
  };
}

const status: PortStatus = { worker: "running", loaded: null, loadError: null, lastCrash: null };

/** A port whose loads end as the test says. */
function fakePort(
  answer: (params: LoadParams) => Error | null,
  inspect: () => Promise<ModelFacts> = () => Promise.reject(new Error("not asked")),
) {
  const asked: LoadParams[] = [];
  let tell: (status: PortStatus) => void = () => undefined;
  let progress: (progress: LoadProgress) => void = () => undefined;
  let waiting: Parameters<EnginePort["onWaiting"]>[0] = () => undefined;
  const port: EnginePort = {
    status,
    call: (name: CallName) => (name === "inspect" ? inspect() : Promise.reject(new Error("no status"))),
    load: async (params) => {
      asked.push(params);
      await Promise.resolve();
      const error = answer(params);
      if (error !== null) throw error;
      tell({ ...status, loaded: result(params) });
      return result(params);
    },
    unload: () => Promise.resolve(),
    onPolicy: () => () => undefined,
    onWaiting: (listener) => {
      waiting = listener;
      return () => undefined;
    },
    onStep: () => () => undefined,
    onProgress: (listener) => {
      progress = listener;
      return () => undefined;
    },
    onDeviceLost: () => () => undefined,
    onStatus: (listener) => {
      tell = listener;
      return () => undefined;
    },
  };
  return {
    port,
    asked,
    waiting: (event: Parameters<typeof waiting>[0]) => waiting(event),
    tell: (change: Partial<PortStatus>) => tell({ ...status, ...change }),
    progress: (stage: LoadProgress["stage"]) =>
      progress({ stage, loadedBytes: 0, totalBytes: 0, bytesPerSecond: 0, file: "" }),
  };
}

describe("engine store", () => {
  it("tells a server's wait as long as it lasts, the latest of several", () => {
    vi.useFakeTimers();
    try {
      const { port, waiting } = fakePort(() => null);
      const { store } = createEngineStore(port);
      const event = { type: "waiting", requestId: requestId("a"), status: 429, maxAttempts: 4 } as const;
      waiting({ ...event, ms: 1000, numRefused: 1 });
      vi.advanceTimersByTime(500);
      waiting({ ...event, ms: 1000, numRefused: 2 });
      vi.advanceTimersByTime(600);
      expect(store.getState().serverWait).toMatchObject({ numRefused: 2, ms: 1000 });
      vi.advanceTimersByTime(500);
      expect(store.getState().serverWait).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });

  it("goes on with the CPU runner and keeps why", async () => {
    const { port, asked } = fakePort(({ runner }) =>
      runner === "gpu" ? new InferscopeError("no-adapter", "No adapter.") : null,
    );
    const { store, actions } = createEngineStore(port);
    await actions.loadEmbedded();
    expect(asked.map(({ runner }) => runner)).toEqual(["gpu", "cpu"]);
    expect(store.getState().gpuProblem?.kind).toBe("no-adapter");
    expect(store.getState().load).toMatchObject({ type: "ready", model: { runner: "cpu" } });
  });

  it("does not try the CPU for a corrupt shard", async () => {
    const { port, asked } = fakePort(() => new InferscopeError("corrupt-shard", "Shard 0 differs."));
    const { store, actions } = createEngineStore(port);
    await actions.loadEmbedded();
    expect(asked).toHaveLength(1);
    expect(store.getState().load).toMatchObject({ type: "failed", error: { kind: "corrupt-shard" } });
  });

  it("the next load works after a failed one", async () => {
    let fail = true;
    const { port } = fakePort(() => (fail ? new InferscopeError("network", "Unreachable.") : null));
    const { store, actions } = createEngineStore(port);
    const request = { label: "x", source: { url: "x" }, backend: "paged", runner: "gpu" } as const;
    await actions.load(request);
    expect(store.getState().load.type).toBe("failed");
    fail = false;
    await actions.load(request);
    expect(store.getState().load.type).toBe("ready");
  });

  it("a crash takes the model away", async () => {
    const { port, tell } = fakePort(() => null);
    const { store, actions } = createEngineStore(port);
    await actions.loadEmbedded();
    tell({ lastCrash: { kind: "worker-crashed", message: "gone" } });
    expect(store.getState()).toMatchObject({ load: { type: "idle" }, crash: { message: "gone" } });
  });

  it("shows how a load that a script began ends", async () => {
    const { port, tell, progress } = fakePort(() => null);
    const { store, actions } = createEngineStore(port);
    await actions.loadEmbedded();
    tell({});
    progress("config");
    expect(store.getState().load.type).toBe("loading");
    tell({ loadError: { kind: "corrupt-shard", message: "Shard 0 differs." } });
    expect(store.getState().load).toMatchObject({ type: "failed", error: { kind: "corrupt-shard" } });
    progress("config");
    tell({ loadError: { kind: "aborted", message: "The load was cancelled." } });
    expect(store.getState().load).toEqual({ type: "idle" });
  });
});

describe("the model there is", () => {
  const facts: ModelFacts = { config: null, quantization: "q0f16", weightBytes: 1, problem: null };
  const other = {
    label: "other",
    source: { url: "https://example.org/m/" },
    backend: "paged",
    runner: "gpu",
  } as const;

  it("stays when the first file of an address cannot be had, and the error names the address", async () => {
    const missing = new InferscopeError("http-status", "mlc-chat-config.json: 404");
    const { port, asked } = fakePort(
      () => null,
      () => Promise.reject(missing),
    );
    const { store, actions } = createEngineStore(port);
    await actions.loadEmbedded();
    await actions.load(other);
    expect(asked).toHaveLength(1);
    expect(store.getState().load.type).toBe("ready");
    expect(store.getState().refused).toMatchObject({ label: "other", error: { kind: "http-status" } });
    expect(store.getState().checking).toBeNull();
    await actions.loadEmbedded();
    expect(store.getState().refused).toBeNull();
  });

  it("stays when what is there is not for our engine, and gives way to what is", async () => {
    const problem = { kind: "unsupported-architecture", message: "mamba" } as const;
    let answer: ModelFacts = { ...facts, problem };
    const { port, asked } = fakePort(
      () => null,
      () => Promise.resolve(answer),
    );
    const { store, actions } = createEngineStore(port);
    await actions.loadEmbedded();
    await actions.load(other);
    expect(store.getState().refused?.error.kind).toBe("unsupported-architecture");
    expect(asked).toHaveLength(1);
    await actions.load({ ...other, backend: "web-llm" });
    expect(asked).toHaveLength(2);
    answer = facts;
    await actions.load(other);
    expect(asked).toHaveLength(3);
    expect(store.getState().refused).toBeNull();
  });

  it("stays when the look at an address is cancelled, which is no failure", async () => {
    const { port, asked } = fakePort(
      () => null,
      () => new Promise(() => undefined),
    );
    const { store, actions } = createEngineStore(port);
    await actions.loadEmbedded();
    const loading = actions.load(other);
    expect(store.getState().checking).toBe("other");
    actions.cancelLoad();
    await loading;
    expect(asked).toHaveLength(1);
    expect(store.getState()).toMatchObject({ checking: null, refused: null, load: { type: "ready" } });
  });
});
