/**
 * One tab of this origin has the engine: two would share one GPU, spoil each other's figures and
 * write the same downloads. The lease is a Web Lock, so it also ends with a tab that crashes.
 */
import { InferscopeError } from "../../protocol/index.ts";
import { Emitter } from "./emitter.ts";

const lockName = "inferscope-engine";
/** A reloaded page asks before its predecessor has let go; nobody is to read of another tab then. */
const graceMs = 500;

/** `taken`: another tab took it from this one; `elsewhere`: another tab had it first. */
export type LeaseState = "asking" | "held" | "elsewhere" | "taken";

export class EngineLease {
  readonly #locks: LockManager | undefined;
  readonly #states = new Emitter<LeaseState>();
  #state: LeaseState = "asking";
  /** The request that waits in the browser's queue. */
  #waiting: AbortController | null = null;

  /** Without locks (insecure origin) every tab holds it: there is nobody to ask. */
  constructor(locks: LockManager | undefined) {
    this.#locks = locks;
    if (locks === undefined) {
      this.#state = "held";
      return;
    }
    this.#wait(locks);
    setTimeout(() => {
      if (this.#state === "asking") this.#set("elsewhere");
    }, graceMs);
  }

  get state(): LeaseState {
    return this.#state;
  }

  onState(listener: (state: LeaseState) => void): () => void {
    return this.#states.add(listener);
  }

  /** Resolves once this tab has the engine; rejects with `other-tab` where another one has it. */
  async ask(): Promise<void> {
    while (this.#state === "asking") {
      await new Promise<void>((resolve) => {
        const remove = this.#states.add(() => {
          remove();
          resolve();
        });
      });
    }
    if (this.#state !== "held") throw otherTabError("Another tab has the engine.");
  }

  /** Takes it from the tab that has it; what runs there ends with `other-tab`. */
  takeOver(): void {
    if (this.#locks === undefined || this.#state === "held") return;
    this.#waiting?.abort();
    this.#waiting = null;
    // In front of all tabs that wait. The holder's request rejects, so a hung tab cannot refuse.
    this.#hold(this.#locks, { steal: true });
  }

  #wait(locks: LockManager): void {
    const waiting = new AbortController();
    this.#waiting = waiting;
    this.#hold(locks, { signal: waiting.signal });
  }

  #hold(locks: LockManager, options: LockOptions): void {
    let isGone = false;
    const hold = () => {
      // Another tab stole it after it was granted and before this call.
      if (isGone) return Promise.resolve();
      this.#waiting = null;
      this.#set("held");
      return new Promise<void>(() => undefined);
    };
    locks.request(lockName, options, hold).catch((error: unknown) => {
      isGone = true;
      if (options.signal?.aborted === true) return;
      if (error instanceof DOMException && error.name === "AbortError") {
        this.#set("taken");
        this.#wait(locks);
      } else {
        // Storage is forbidden here, locks with it: nobody to ask.
        this.#set("held");
      }
    });
  }

  #set(state: LeaseState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#states.emit(state);
  }
}

export function otherTabError(message: string): InferscopeError {
  return new InferscopeError("other-tab", message, {
    hint: "Only one tab runs the engine. Take it over above, or go on in the other tab.",
  });
}
