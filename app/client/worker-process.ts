/** A worker as the client needs it: something that takes commands, tells events and can die; and the real one. */
import type { Command, EngineEvent } from "../../protocol/index.ts";

export interface WorkerHandlers {
  readonly onEvent: (event: EngineEvent) => void;
  /** The script did not arrive, or threw where nobody caught it. */
  readonly onCrash: (message: string) => void;
}

export interface WorkerProcess {
  post(command: Command): void;
  terminate(): void;
}

export type SpawnWorker = (handlers: WorkerHandlers) => WorkerProcess;

/** At most so many restarts in so long: a worker that dies again and again is not brought back. */
export const restartLimit = { restarts: 2, withinMs: 5 * 60_000 } as const;

/** Remembers restarts and says whether one more is allowed. */
export class RestartBudget {
  #times: number[] = [];

  take(atMs: number): boolean {
    this.#times = this.#times.filter((time) => atMs - time < restartLimit.withinMs);
    if (this.#times.length >= restartLimit.restarts) return false;
    this.#times.push(atMs);
    return true;
  }
}

/** The only place that makes the engine's worker. */
export const spawnEngine: SpawnWorker = ({ onEvent, onCrash }) => {
  const worker = new Worker(new URL("../../workers/inference.worker.ts", import.meta.url), {
    type: "module",
    name: "inferscope-engine",
  });
  worker.onmessage = (message: MessageEvent<EngineEvent>) => onEvent(message.data);
  worker.onerror = (event) =>
    // A script that could not be fetched gives an event without a message.
    onCrash(event.message ? `The engine failed: ${event.message}` : "The engine's script did not load.");
  worker.onmessageerror = () => onCrash("A message of the engine could not be read.");
  return {
    post: (command) => worker.postMessage(command),
    terminate: () => worker.terminate(),
  };
};
