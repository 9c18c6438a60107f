import type { RequestId, SubmittedRequest } from "../../../protocol/index.ts";
import type { EventSink } from "../backend.ts";

/** A request on its way through WebLLM. */
export interface Entry {
  readonly request: SubmittedRequest;
  readonly sink: EventSink;
  aborted: boolean;
  /** Its terminal event is out: nothing may follow. */
  ended: boolean;
}

export interface QueueHooks {
  /** Runs one request to its end. Never rejects. */
  readonly run: (entry: Entry) => Promise<void>;
  /** The running request was aborted. */
  readonly interrupt: () => void;
  /** A waiting request was aborted: it ends without having run. */
  readonly dropped: (entry: Entry) => void;
}

/**
 * First come, first served, one at a time: WebLLM has a lock of its own that does the same, but
 * nobody can look into it, and a request in it can neither be timed nor aborted.
 */
export class RequestQueue {
  readonly #hooks: QueueHooks;
  readonly #waiting: Entry[] = [];
  #running: Entry | null = null;
  /** Resolves when nothing runs and nothing waits. */
  #idle: Promise<void> = Promise.resolve();

  constructor(hooks: QueueHooks) {
    this.#hooks = hooks;
  }

  has(id: RequestId): boolean {
    return this.#entries().some(({ request }) => request.id === id);
  }

  push(entry: Entry): void {
    this.#waiting.push(entry);
    if (this.#running === null) this.#idle = this.#work();
  }

  /** What is not known has ended: nothing happens. */
  abort(id: RequestId): void {
    const at = this.#waiting.findIndex(({ request }) => request.id === id);
    const [waiting] = at === -1 ? [] : this.#waiting.splice(at, 1);
    if (waiting !== undefined) {
      waiting.aborted = true;
      this.#hooks.dropped(waiting);
    } else if (this.#running?.request.id === id) {
      this.#running.aborted = true;
      this.#hooks.interrupt();
    }
  }

  /** Aborts everything and waits for the end of what runs. */
  async drain(): Promise<void> {
    for (const { request } of this.#entries()) this.abort(request.id);
    await this.#idle;
  }

  #entries(): readonly Entry[] {
    return this.#running === null ? [...this.#waiting] : [this.#running, ...this.#waiting];
  }

  async #work(): Promise<void> {
    for (let entry = this.#waiting.shift(); entry !== undefined; entry = this.#waiting.shift()) {
      this.#running = entry;
      await this.#hooks.run(entry);
      this.#running = null;
    }
  }
}
