/** Keeps a thread running: a fresh one where one ended or fell silent, twice in five minutes at most. */
export interface KeptThread {
  /** Resolves when the thread is gone. */
  readonly ended: Promise<void>;
  /** Milliseconds since it last said anything. */
  readonly silentMs: number;
  stop(): Promise<void>;
}

const mostRestarts = 2;
const restartWindowMs = 300_000;

export class ThreadKeeper<Thread extends KeptThread> {
  readonly #start: () => Promise<Thread>;
  readonly #watch: NodeJS.Timeout;
  readonly #restartsMs: number[] = [];
  #thread: Thread | null = null;
  #isClosed = false;

  /** silenceMs: after so many milliseconds without a word a thread is ended. */
  constructor(first: Thread, start: () => Promise<Thread>, silenceMs: number) {
    this.#start = start;
    this.#use(first);
    this.#watch = setInterval(() => {
      if ((this.#thread?.silentMs ?? 0) > silenceMs) void this.#thread?.stop();
    }, silenceMs / 4).unref();
  }

  /** Null while there is none. */
  get current(): Thread | null {
    return this.#thread;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#watch);
    await this.#thread?.stop();
  }

  #use(thread: Thread): void {
    this.#thread = thread;
    void thread.ended.then(() => this.#replace());
  }

  #hasClosed(): boolean {
    return this.#isClosed;
  }

  async #replace(): Promise<void> {
    this.#thread = null;
    const now = performance.now();
    const recent = this.#restartsMs.filter((ms) => now - ms < restartWindowMs);
    if (this.#hasClosed() || recent.length >= mostRestarts) return;
    this.#restartsMs.push(now);
    try {
      const thread = await this.#start();
      if (this.#hasClosed()) await thread.stop();
      else this.#use(thread);
    } catch {
      // Whoever asks is told that there is no engine.
    }
  }
}
