/**
 * The worker's half of the protocol, free of any worker global: commands in, events out.
 *
 * Loading. One model is loaded at a time, because two may not fit into the GPU's memory:
 * a load first ends the load before it (which fails with `aborted`), then unloads the
 * present model (whose running requests end with `abort`), and only then begins. After a
 * failed or cancelled load no model is loaded, and the next load works.
 */
import {
  assertNever,
  heartbeatMs,
  InferscopeError,
  serializeError,
  type AdapterInfo,
  type BackendName,
  type CallId,
  type Calls,
  type CatalogModel,
  type Command,
  type EngineEvent,
  type MemoryBandwidth,
  type ModelFacts,
  type ResponseFormat,
  type StoredModel,
} from "../protocol/index.ts";
import { noModelError, type EventSink, type InferenceBackend } from "./backends/backend.ts";

export interface HostOptions {
  readonly post: (event: EngineEvent) => void;
  /** A fresh backend. Each is made once, when first asked for. */
  readonly createBackend: (name: BackendName) => Promise<InferenceBackend>;
  readonly serverModels: (params: Calls["serverModels"]["params"]) => Promise<readonly string[]>;
  readonly catalog: (params: Calls["catalog"]["params"]) => Promise<readonly CatalogModel[]>;
  readonly inspect: (params: Calls["inspect"]["params"]) => Promise<ModelFacts>;
  readonly storedModels: () => Promise<readonly StoredModel[]>;
  readonly deleteStored: (params: Calls["deleteStored"]["params"]) => Promise<void>;
  /** Rejects with what keeps answers from being held to the format. */
  readonly checkFormat: (format: ResponseFormat) => Promise<void>;
  /** What a load would run on, before any load; null without an adapter. */
  readonly probeAdapter: () => Promise<AdapterInfo | null>;
  /** Null without an adapter. */
  readonly measureBandwidth: () => Promise<MemoryBandwidth | null>;
}

interface ActiveLoad {
  readonly callId: CallId;
  readonly controller: AbortController;
  /** Resolves when the load has ended, either way. */
  readonly ended: Promise<void>;
}

type Results = { [Name in keyof Calls]: Calls[Name]["result"] };

export class EngineHost {
  readonly #options: HostOptions;
  readonly #backends = new Map<BackendName, Promise<InferenceBackend>>();
  readonly #sink: EventSink;
  /** The backend that holds a model; null while there is none. */
  #active: InferenceBackend | null = null;
  #load: ActiveLoad | null = null;
  #step = 0;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#sink = (event) => {
      if (event.type === "step") this.#step = event.trace.step;
      options.post(event);
    };
  }

  /** Answers a command with exactly one `result` or `failed` event. Never rejects. */
  async handle(command: Command): Promise<void> {
    const { callId } = command;
    try {
      const result = await this.#answer(command);
      this.#options.post({ type: "result", callId, result });
    } catch (error) {
      this.#options.post({ type: "failed", callId, error: serializeError(error) });
    }
  }

  /** Tells the page every two seconds that this thread still runs. Returns the way to stop it. */
  startHeartbeat(): () => void {
    const timer = setInterval(() => this.#options.post({ type: "heartbeat", step: this.#step }), heartbeatMs);
    return () => clearInterval(timer);
  }

  async #answer(command: Command): Promise<Results[Command["call"]]> {
    switch (command.call) {
      case "load":
        return this.#startLoad(command.callId, command.params);
      case "cancelLoad":
        if (this.#load?.callId === command.params.loadCallId) await this.#endLoad();
        return null;
      case "unload":
        await this.#endLoad();
        await this.#unload();
        return null;
      case "configure":
        return this.#backend().configure(command.params);
      case "submit":
        this.#backend().submit(command.params, this.#sink);
        return null;
      case "abort":
        // A request may end, or its model go, while its abort is under way: that is no error.
        this.#active?.abort(command.params.requestId);
        return null;
      case "encode":
        return this.#backend().encode(command.params.text);
      case "decode":
        return this.#backend().decode(command.params.tokenIds);
      case "applyTemplate":
        return this.#backend().applyTemplate(command.params.prompt);
      case "checkFormat":
        await this.#options.checkFormat(command.params.format);
        return null;
      case "snapshot":
        return this.#active?.snapshot() ?? null;
      case "clearCache":
        this.#backend().clearCache();
        return null;
      case "status":
        return this.#status();
      case "bandwidth":
        return this.#options.measureBandwidth();
      case "startProfile":
        this.#backend().startProfile();
        return null;
      case "stopProfile":
        return this.#active?.stopProfile() ?? null;
      case "serverModels":
        return this.#options.serverModels(command.params);
      case "catalog":
        return this.#options.catalog(command.params);
      case "inspect":
        return this.#options.inspect(command.params);
      case "storedModels":
        return this.#options.storedModels();
      case "deleteStored":
        // A load that was told to stop may still hold the files.
        if (this.#load?.controller.signal.aborted === true) await this.#load.ended;
        await this.#options.deleteStored(command.params);
        return null;
      default:
        return assertNever(command);
    }
  }

  async #startLoad(callId: CallId, params: Calls["load"]["params"]): Promise<Calls["load"]["result"]> {
    const previous = this.#load;
    previous?.controller.abort();
    const controller = new AbortController();
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.#load = { callId, controller, ended };
    try {
      await previous?.ended;
      controller.signal.throwIfAborted();
      await this.#unload();
      const backend = await this.#make(params.backend);
      controller.signal.throwIfAborted();
      const result = await backend.load(
        params,
        (progress) => {
          if (!controller.signal.aborted) this.#options.post({ type: "progress", callId, ...progress });
        },
        controller.signal,
      );
      // A backend that finished although it was told to stop holds a model nobody waits for.
      if (controller.signal.aborted) await backend.unload();
      controller.signal.throwIfAborted();
      this.#active = backend;
      return result;
    } catch (error) {
      if (!controller.signal.aborted) throw error;
      throw new InferscopeError("aborted", "The load was cancelled.", { cause: error });
    } finally {
      if (this.#load.callId === callId) this.#load = null;
      end();
    }
  }

  async #endLoad(): Promise<void> {
    const load = this.#load;
    load?.controller.abort();
    await load?.ended;
  }

  async #unload(): Promise<void> {
    const backend = this.#active;
    this.#active = null;
    await backend?.unload();
  }

  #make(name: BackendName): Promise<InferenceBackend> {
    const known = this.#backends.get(name);
    if (known !== undefined) return known;
    const made = this.#options.createBackend(name);
    this.#backends.set(name, made);
    // A module that failed to arrive is fetched again next time.
    made.catch(() => this.#backends.delete(name));
    return made;
  }

  #backend(): InferenceBackend {
    if (this.#active !== null) return this.#active;
    throw noModelError();
  }

  async #status(): Promise<Calls["status"]["result"]> {
    if (this.#active !== null) return this.#active.status();
    return { adapter: await this.#options.probeAdapter(), kernels: [], model: null, gpuMemory: null };
  }
}
