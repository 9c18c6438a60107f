/** What the page knows of the engine: the load, the model, the adapter, the KV blocks. */
import { createStore, type StoreApi } from "zustand/vanilla";

import {
  defaultModelHosts,
  InferscopeError,
  serializeError,
  webLlmFolder,
  type AdapterInfo,
  type BackendName,
  type Capabilities,
  type EngineEvent,
  type EnginePolicy,
  type ErrorKind,
  type GpuMemoryUse,
  type KernelReport,
  type KvBlocks,
  type LoadProgress,
  type ModelHosts,
  type ModelInfo,
  type ModelSource,
  type RunnerName,
  type SerializedError,
} from "../../protocol/index.ts";
import type { EnginePort, PortStatus } from "./engine-port.ts";
import { throttle } from "./throttle.ts";

export type LoadState =
  | { readonly type: "idle" }
  | { readonly type: "loading"; readonly label: string; readonly progress: LoadProgress | null }
  | {
      readonly type: "ready";
      readonly model: ModelInfo;
      readonly capabilities: Capabilities;
    }
  | {
      readonly type: "failed";
      readonly label: string;
      /** Null where the page does not know which engine was asked: a script began the load. */
      readonly backend: BackendName | null;
      readonly error: SerializedError;
    };

export interface EngineState {
  readonly load: LoadState;
  readonly adapter: AdapterInfo | null;
  readonly kernels: readonly KernelReport[];
  /** In effect, whatever changed it: a view, a script, an experiment; null without a model of ours. */
  readonly policy: EnginePolicy | null;
  /** Why the engine refused the last change that a view asked for. */
  readonly refusal: SerializedError | null;
  /** Null until the engine told. */
  readonly kv: KvBlocks | null;
  /** What the loaded model holds on the GPU; null where the backend does not tell. */
  readonly gpuMemory: GpuMemoryUse | null;
  /** Why the GPU engine could not start, while the page goes on with the CPU runner. */
  readonly gpuProblem: SerializedError | null;
  /** What is looked at before the present model gives way to it; null while nothing is. */
  readonly checking: string | null;
  /** What could not even begin to load: the model there was is the one there is. */
  readonly refused: { readonly label: string; readonly error: SerializedError } | null;
  readonly deviceLost: Extract<EngineEvent, { type: "device-lost" }> | null;
  readonly crash: SerializedError | null;
  /** A server is at its limits; null while it is not, or its wait is over. */
  readonly serverWait: ServerWait | null;
}

export type ServerWait = Pick<
  Extract<EngineEvent, { type: "waiting" }>,
  "ms" | "status" | "numRefused" | "maxAttempts"
>;

export interface LoadRequest {
  readonly label: string;
  readonly source: ModelSource;
  readonly backend: BackendName;
  readonly runner: RunnerName;
  readonly policy?: Partial<EnginePolicy>;
}

export interface EngineActions {
  /**
   * Loads a model in place of the one there is, which stays until the first files of an address have been
   * read and checked. Failures end in the state, not in a rejection.
   */
  load(request: LoadRequest): Promise<void>;
  /** Ends the load; of a download, what has not arrived whole is dropped. */
  cancelLoad(): void;
  /** Ends the load and keeps what arrived: the next load of the same address goes on there. */
  pauseLoad(): void;
  /** The embedded model, on the GPU; where that cannot be, said so, on the CPU. */
  loadEmbedded(): Promise<void>;
  /** The model that was asked for last, or the embedded one: after another tab had the engine. */
  loadLast(): Promise<void>;
  /** Changes the policy; what the engine refuses ends in `refusal`. False when it was refused. */
  configure(change: Partial<EnginePolicy>): Promise<boolean>;
  /** As it was when the model was loaded. */
  resetPolicy(): Promise<void>;
  dismissDeviceLost(): void;
  /** Leaves no model in use; ends what it answers. */
  unload(): Promise<void>;
}

export const embeddedModelId = "scope-2m-q4f16_1";

/** The model of the app itself is loaded, in whatever format: it was trained for two tasks and knows no other. */
export const isEmbedded = ({ load }: Pick<EngineState, "load">): boolean =>
  load.type === "ready" && load.model.id.startsWith("scope-2m") && !load.model.synthetic;

const initial: EngineState = {
  load: { type: "idle" },
  adapter: null,
  kernels: [],
  policy: null,
  refusal: null,
  kv: null,
  gpuMemory: null,
  gpuProblem: null,
  checking: null,
  refused: null,
  deviceLost: null,
  crash: null,
  serverWait: null,
};

export function createEngineStore(
  port: EnginePort,
  hosts: () => ModelHosts = () => defaultModelHosts,
): {
  store: StoreApi<EngineState>;
  actions: EngineActions;
} {
  const store = createStore<EngineState>(() => initial);
  let controller: AbortController | null = null;
  let loadingUrl: string | null = null;
  let last: LoadRequest | null = null;
  let loaded: PortStatus["loaded"] = null;
  const set = (change: Partial<EngineState>) => store.setState(change);

  const showStatus = (status: PortStatus) => {
    set({ crash: status.lastCrash });
    if (status.loaded !== null) {
      const isOther = loaded !== status.loaded;
      loaded = status.loaded;
      set({ load: { type: "ready", ...status.loaded }, deviceLost: null });
      if (isOther) set({ policy: status.loaded.policy, refusal: null });
      void refresh(port, store);
      return;
    }
    loaded = null;
    set({ policy: null, refusal: null });
    const { load } = store.getState();
    if (load.type === "ready") set({ load: { type: "idle" }, kv: null });
    // A load that a script began: nobody else says how it ended.
    if (load.type === "loading" && controller === null && status.loadError !== null) {
      set({ load: failedLoad(load.label, null, status.loadError) });
    }
  };

  // Four times a second is enough for a status bar.
  const showBlocks = throttle((kv: KvBlocks) => set({ kv }), 250);
  port.onStep((trace) => showBlocks(trace.kv));
  port.onStatus(showStatus);
  port.onPolicy((policy) => {
    if (loaded !== null) set({ policy });
  });
  port.onWaiting(({ ms, status, numRefused, maxAttempts }) => {
    const serverWait: ServerWait = { ms, status, numRefused, maxAttempts };
    set({ serverWait });
    // Told for as long as it lasts; a later wait takes its place.
    setTimeout(() => {
      if (store.getState().serverWait === serverWait) set({ serverWait: null });
    }, ms);
  });
  port.onDeviceLost((deviceLost) => set({ deviceLost }));
  port.onProgress((progress) => {
    const { load } = store.getState();
    // A load that a script began shows as well.
    const label = load.type === "loading" ? load.label : "Model";
    if (progress.stage !== "ready") set({ load: { type: "loading", label, progress }, refused: null });
  });

  const attempt = async ({
    label,
    source,
    backend,
    runner,
    policy = {},
  }: LoadRequest): Promise<SerializedError | null> => {
    controller?.abort();
    const own = new AbortController();
    controller = own;
    loadingUrl = "url" in source ? source.url : null;
    set({ load: { type: "loading", label, progress: null }, kv: null, gpuMemory: null });
    try {
      await port.load({ source, backend, runner, policy, hosts: hosts() }, { signal: own.signal });
      return null;
    } catch (error) {
      // A newer load took over: its state is the one to show.
      return controller === own ? serializeError(error) : null;
    } finally {
      if (controller === own) {
        controller = null;
        loadingUrl = null;
      }
    }
  };

  /** Why nothing of the address can be loaded; null where a load may begin. */
  const refusal = async ({ label, source, backend }: LoadRequest): Promise<SerializedError | null> => {
    if (store.getState().load.type !== "ready" || !("url" in source)) return null;
    const own = new AbortController();
    controller = own;
    set({ checking: label });
    try {
      const url = source.modelLib === undefined ? source.url : webLlmFolder(source.url);
      const { problem } = await Promise.race([port.call("inspect", { url }), whenAborted(own.signal)]);
      // What our engine refuses, another one may run.
      return backend === "paged" ? problem : null;
    } catch (error) {
      return serializeError(error);
    } finally {
      if (controller === own) controller = null;
      set({ checking: null });
    }
  };

  const load = async (request: LoadRequest) => {
    set({ refused: null });
    const refused = await refusal(request);
    if (refused !== null) {
      if (refused.kind !== "aborted") set({ refused: { label: request.label, error: refused } });
      return;
    }
    last = request;
    set({ gpuProblem: null });
    const error = await attempt(request);
    if (error === null) return;
    set({ load: failedLoad(request.label, request.backend, error) });
    void refresh(port, store);
  };

  const actions: EngineActions = {
    load,
    cancelLoad: () => {
      controller?.abort();
      // After the abort in the worker's queue: by then the load has let go of its files.
      if (loadingUrl !== null)
        void port.call("deleteStored", { url: loadingUrl, only: "partial" }).catch(() => undefined);
    },
    pauseLoad: () => controller?.abort(),
    loadEmbedded: async () => {
      last = null;
      set({ refused: null });
      const embedded = { label: embeddedModelId, source: { id: embeddedModelId }, backend: "paged" } as const;
      set({ gpuProblem: null });
      const error = await attempt({ ...embedded, runner: "gpu" });
      if (error === null) return;
      if (!meansNoGpu(error.kind)) {
        set({ load: failedLoad(embedded.label, embedded.backend, error) });
        return;
      }
      await load({ ...embedded, runner: "cpu" });
      last = null;
      set({ gpuProblem: error });
    },
    configure: async (change) => {
      try {
        const policy = await port.call("configure", change);
        set({ policy, refusal: null });
        return true;
      } catch (error) {
        set({ refusal: serializeError(error) });
        return false;
      }
    },
    resetPolicy: async () => {
      const initial = port.status.loaded?.policy;
      if (initial != null) await actions.configure(initial);
    },
    loadLast: () => (last === null ? actions.loadEmbedded() : load(last)),
    unload: async () => {
      last = null;
      await port.unload();
    },
    dismissDeviceLost: () => set({ deviceLost: null }),
  };
  showStatus(port.status);
  return { store, actions };
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () =>
      reject(new InferscopeError("aborted", "It was cancelled before anything was loaded.")),
    );
  });
}

/** What was cancelled did not fail. */
function failedLoad(label: string, backend: BackendName | null, error: SerializedError): LoadState {
  return error.kind === "aborted" ? { type: "idle" } : { type: "failed", label, backend, error };
}

/** Kinds after which the same model on the CPU is the next thing to try. */
function meansNoGpu(kind: ErrorKind): boolean {
  return kind === "no-webgpu" || kind === "no-adapter" || kind === "device-limit";
}

async function refresh(port: EnginePort, store: StoreApi<EngineState>): Promise<void> {
  try {
    const status = await port.call("status", null);
    store.setState({ adapter: status.adapter, kernels: status.kernels, gpuMemory: status.gpuMemory });
    if (status.model === null) return;
    const snapshot = await port.call("snapshot", null);
    if (snapshot !== null) store.setState({ kv: snapshot.kv });
  } catch {
    // A worker that died in between reports itself; a backend without a cache has no blocks to show.
  }
}
