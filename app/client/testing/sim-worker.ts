/** A worker for simulations: the real host behind an in-memory channel that is slow, and a thread that hangs and dies. */
import type { Command, EngineEvent, RequestId } from "../../../protocol/index.ts";
import { EngineHost } from "../../../workers/engine-host.ts";
import type { Dice } from "../../../workers/engine/testing/simulation.ts";
import type { WorkerHandlers, WorkerProcess } from "../worker-process.ts";
import { SimBackend } from "./sim-backend.ts";

/** Delivers in turn, each message some milliseconds later. */
class Channel<Message> {
  readonly #die: Dice;
  readonly #deliver: (message: Message) => void;
  #lastMs = 0;

  constructor(die: Dice, deliver: (message: Message) => void) {
    this.#die = die;
    this.#deliver = deliver;
  }

  send(message: Message): void {
    const copy = structuredClone(message);
    this.#lastMs = Math.max(this.#lastMs, Date.now() + this.#die.int(0, 8));
    setTimeout(() => this.#deliver(copy), this.#lastMs - Date.now());
  }
}

export class SimWorker implements WorkerProcess {
  readonly backend: SimBackend;
  readonly #handlers: WorkerHandlers;
  readonly #host: EngineHost;
  readonly #toPage: Channel<EngineEvent>;
  readonly #toWorker: Channel<Command>;
  readonly #stopHeartbeat: () => void;
  /** What the host told of requests that it must not tell: a second end, or anything after the end. */
  readonly broken: string[] = [];
  readonly #ended = new Set<RequestId>();
  #isAlive = true;
  #awakeMs = 0;

  constructor(die: Dice, handlers: WorkerHandlers) {
    this.#handlers = handlers;
    // What was posted before a thread ended still arrives, as in a browser.
    this.#toPage = new Channel(die, handlers.onEvent);
    this.#toWorker = new Channel(die, (command) => this.#take(command));
    const post = (event: EngineEvent) => {
      this.#watch(event);
      // Only a timer can go off in a thread that hangs; it would go off later.
      if (this.#isHung && event.type !== "heartbeat") throw new Error(`${event.type} of a hung thread`);
      if (this.#isAlive && !this.#isHung) this.#toPage.send(event);
    };
    this.backend = new SimBackend(die, { sleep: (ms) => this.#sleep(ms), post });
    const none = () => Promise.reject(new Error("not here"));
    this.#host = new EngineHost({
      post,
      createBackend: () => Promise.resolve(this.backend),
      catalog: none,
      inspect: none,
      serverModels: none,
      storedModels: none,
      deleteStored: none,
      checkFormat: none,
      probeAdapter: () => Promise.resolve(null),
      measureBandwidth: () => Promise.resolve(null),
    });
    this.#stopHeartbeat = this.#host.startHeartbeat();
  }

  get hasModel(): boolean {
    return this.#isAlive && this.backend.engine !== null;
  }

  post(command: Command): void {
    this.#toWorker.send(command);
  }

  terminate(): void {
    this.#isAlive = false;
    this.#stopHeartbeat();
  }

  /** An error that nobody caught. */
  crash(): void {
    if (this.#isAlive) this.#handlers.onCrash("thrown in the simulation");
  }

  /** Does nothing for so long: no message, no step, no heartbeat. */
  hang(ms: number): void {
    this.#awakeMs = Math.max(this.#awakeMs, Date.now() + ms);
  }

  #watch(event: EngineEvent): void {
    const told = event.type === "step" ? event.trace.sequences.map((row) => row.requestId) : requestOf(event);
    for (const id of told) {
      if (this.#ended.has(id)) this.broken.push(`${event.type} of ${id} after its end`);
    }
    if (event.type === "finished" || event.type === "failed") for (const id of told) this.#ended.add(id);
  }

  get #isHung(): boolean {
    return Date.now() < this.#awakeMs;
  }

  #take(command: Command): void {
    if (!this.#isAlive) return;
    if (this.#isHung) setTimeout(() => this.#take(command), this.#awakeMs - Date.now());
    else void this.#host.handle(command);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        if (!this.#isAlive) return;
        if (this.#isHung) setTimeout(wake, this.#awakeMs - Date.now());
        else resolve();
      };
      setTimeout(wake, ms);
    });
  }
}

function requestOf(event: EngineEvent): readonly RequestId[] {
  if (event.type === "finished" || event.type === "chunk") return [event.requestId];
  return event.type === "failed" && event.requestId !== undefined ? [event.requestId] : [];
}
