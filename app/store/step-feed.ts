/**
 * The engine's steps as the page takes them in: one listener to the client, which hands every step
 * to those that keep it, and one tick a frame to those that draw. The last steps stay in a ring.
 */
import type { StepTrace } from "../../protocol/index.ts";
import type { EnginePort } from "./engine-port.ts";

export interface StepFeed {
  /** Every step, as it comes. Returns the way to unsubscribe. */
  onStep(listener: (trace: StepTrace) => void): () => void;
  /** At most once a frame, after steps came or `touch` was called. */
  onTick(listener: () => void): () => void;
  /** Something that is drawn has changed without a step: a token, a request sent. */
  touch(): void;
  /** Steps since the engine last rested, oldest first; not to be changed. */
  lastRun(): readonly StepTrace[];
}

/** Memory for a run that does not end: its first steps are dropped. */
const mostSteps = 4000;
/** The engine rests when it has done nothing for so long. */
const restMs = 400;

/** `nextFrame`: calls once, before the page is drawn next; a hidden page may take its time. */
export function createStepFeed(
  port: Pick<EnginePort, "onStep">,
  nextFrame: (call: () => void) => void,
): StepFeed {
  const steps = new Set<(trace: StepTrace) => void>();
  const ticks = new Set<() => void>();
  const ring = new StepRing(mostSteps);
  let isWaiting = false;
  const touch = (): void => {
    if (isWaiting || ticks.size === 0) return;
    isWaiting = true;
    nextFrame(() => {
      isWaiting = false;
      for (const tick of [...ticks]) tick();
    });
  };
  port.onStep((trace) => {
    const last = ring.last();
    if (last !== null && trace.startMs - (last.startMs + last.totalMs) > restMs) ring.clear();
    ring.push(trace);
    for (const listener of [...steps]) listener(trace);
    touch();
  });
  return {
    onStep: (listener) => added(steps, listener),
    onTick: (listener) => added(ticks, listener),
    touch,
    lastRun: () => ring.toArray(),
  };
}

function added<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The last so many steps; pushing copies nothing. */
class StepRing {
  readonly #capacity: number;
  readonly #steps: StepTrace[] = [];
  /** Where the oldest stands once the ring is full. */
  #start = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(trace: StepTrace): void {
    if (this.#steps.length < this.#capacity) {
      this.#steps.push(trace);
      return;
    }
    this.#steps[this.#start] = trace;
    this.#start = (this.#start + 1) % this.#capacity;
  }

  last(): StepTrace | null {
    const { length } = this.#steps;
    return this.#steps[(this.#start + length - 1) % Math.max(1, length)] ?? null;
  }

  clear(): void {
    this.#steps.length = 0;
    this.#start = 0;
  }

  toArray(): readonly StepTrace[] {
    return [...this.#steps.slice(this.#start), ...this.#steps.slice(0, this.#start)];
  }
}
