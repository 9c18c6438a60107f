/**
 * The one judge of time that does not count: the tab was hidden or frozen, the machine slept, or the
 * clock jumped while a request was under way. Browsers slow down, or stop, what nobody looks at; what
 * was timed then is the browser's doing, whichever engine answers.
 */
import type { Interruption } from "../../protocol/index.ts";

/** What of the page is watched; tests bring their own. */
export interface TimeSource {
  readonly isHidden: () => boolean;
  /** `listener` hears of the page being hidden, frozen, woken or brought back. Returns the way to stop. */
  readonly onPageEvent: (listener: (kind: "hidden" | "frozen") => void) => () => void;
  /** Milliseconds that never go backwards; they may stand still while the machine sleeps. */
  readonly monotonicMs: () => number;
  /** Milliseconds of the clock on the wall. */
  readonly wallMs: () => number;
}

const tickMs = 1000;
/** Ticks farther apart: the page, or the machine, did not run in between. */
const longestGapMs = 5000;
/** The two clocks differ by more within a tick: the machine slept, or somebody set the clock. */
const mostDriftMs = 1000;

/**
 * What explains more wins. Browsers hide what they freeze, and slow the ticks of what is hidden to one a
 * minute, so that each also looks like the one below it.
 */
const ranks: Readonly<Record<Interruption, number>> = { frozen: 2, hidden: 1, "clock-jump": 0 };

/** Watches only while a request is under way. */
export class TimeLatch {
  readonly #source: TimeSource;
  readonly #watches = new Set<Watch>();
  #last = { monotonicMs: 0, wallMs: 0 };
  #stop: (() => void) | null = null;

  constructor(source: TimeSource) {
    this.#source = source;
  }

  /** Begins with a request; the returned function ends it and tells what came over it, or null. */
  begin(): () => Interruption | null {
    // What others were interrupted by until now is not this one's.
    if (this.#stop === null) this.#start();
    else this.#tick();
    const watch: Watch = { interruption: this.#source.isHidden() ? "hidden" : null };
    this.#watches.add(watch);
    return () => {
      // The end may arrive before the tick that would have seen the gap.
      if (this.#watches.has(watch)) this.#tick();
      this.#watches.delete(watch);
      if (this.#watches.size === 0) this.#end();
      return watch.interruption;
    };
  }

  #start(): void {
    this.#last = this.#read();
    const stopEvents = this.#source.onPageEvent((kind) => this.#mark(kind));
    const timer = setInterval(() => this.#tick(), tickMs);
    this.#stop = () => {
      clearInterval(timer);
      stopEvents();
    };
  }

  #end(): void {
    this.#stop?.();
    this.#stop = null;
  }

  #tick(): void {
    const before = this.#last;
    this.#last = this.#read();
    const passedMs = this.#last.monotonicMs - before.monotonicMs;
    const driftMs = this.#last.wallMs - before.wallMs - passedMs;
    if (this.#source.isHidden()) this.#mark("hidden");
    if (passedMs > longestGapMs || Math.abs(driftMs) > mostDriftMs) this.#mark("clock-jump");
  }

  #mark(kind: Interruption): void {
    for (const watch of this.#watches) {
      if (watch.interruption === null || ranks[kind] > ranks[watch.interruption]) watch.interruption = kind;
    }
  }

  #read() {
    return { monotonicMs: this.#source.monotonicMs(), wallMs: this.#source.wallMs() };
  }
}

interface Watch {
  interruption: Interruption | null;
}

/** This page, its clocks and its life. */
export function pageTime(page: Document, window: Window): TimeSource {
  return {
    isHidden: () => page.visibilityState === "hidden",
    onPageEvent(listener) {
      const onVisibility = () => {
        if (page.visibilityState === "hidden") listener("hidden");
      };
      const onFrozen = () => listener("frozen");
      const onShow = ({ persisted }: PageTransitionEvent) => {
        // Back from the back-forward cache, where nothing runs.
        if (persisted) listener("frozen");
      };
      page.addEventListener("visibilitychange", onVisibility);
      page.addEventListener("freeze", onFrozen);
      page.addEventListener("resume", onFrozen);
      window.addEventListener("pageshow", onShow);
      return () => {
        page.removeEventListener("visibilitychange", onVisibility);
        page.removeEventListener("freeze", onFrozen);
        page.removeEventListener("resume", onFrozen);
        window.removeEventListener("pageshow", onShow);
      };
    },
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
  };
}
