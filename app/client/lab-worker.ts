/** The lab's worker as the page sees it: starts when it is first needed, dies when a call is cancelled. */
import { InferscopeError } from "../../protocol/index.ts";
import type { LabCallName, LabCalls, LabCommand, LabEvent, LabProgress } from "../lab/lab-calls.ts";

export interface LabCallOptions {
  readonly signal?: AbortSignal;
  /** A call that takes longer, waiting and the worker's start aside, is ended and rejects with the error. */
  readonly limit?: { readonly ms: number; readonly error: () => InferscopeError };
  readonly onProgress?: (progress: LabProgress) => void;
}

/** What of a `Worker` is needed; tests bring their own. */
export interface LabProcess {
  postMessage(command: LabCommand): void;
  terminate(): void;
  onmessage: ((event: { data: LabEvent }) => void) | null;
  onerror: ((event: { message?: string }) => void) | null;
}

const spawnWorker = (): LabProcess =>
  new Worker(new URL("../lab/lab.worker.ts", import.meta.url), { type: "module", name: "lab" }) as LabProcess;

export class LabWorker {
  readonly #spawn: () => LabProcess;
  #process: LabProcess | null = null;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(spawn: () => LabProcess = spawnWorker) {
    this.#spawn = spawn;
  }

  /** Calls run one after the other. Rejects with `aborted` or `worker-crashed`, or with what the call says. */
  call<Name extends LabCallName>(
    call: Name,
    params: LabCalls[Name]["params"],
    options: LabCallOptions = {},
  ): Promise<LabCalls[Name]["result"]> {
    const run = (): Promise<LabCalls[Name]["result"]> =>
      this.#run({ call, params } as LabCommand, options) as Promise<LabCalls[Name]["result"]>;
    const result = this.#queue.then(run, run);
    this.#queue = result;
    return result;
  }

  dispose(): void {
    this.#process?.terminate();
    this.#process = null;
  }

  #run(command: LabCommand, { signal, limit, onProgress }: LabCallOptions): Promise<unknown> {
    if (signal?.aborted === true) return Promise.reject(cancelled());
    const process = (this.#process ??= this.#spawn());
    return new Promise<unknown>((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const end = (error: InferscopeError): void => {
        done();
        this.dispose();
        reject(error);
      };
      const abort = (): void => end(cancelled());
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      };
      signal?.addEventListener("abort", abort);
      process.onmessage = ({ data }) => {
        if (data.type === "started") {
          if (limit !== undefined) timer = setTimeout(() => end(limit.error()), limit.ms);
          return;
        }
        if (data.type === "progress") return onProgress?.(data.progress);
        done();
        if (data.type === "result") {
          resolve(data.result);
          return;
        }
        reject(
          new InferscopeError(
            "invalid-request",
            data.message,
            data.hint === undefined ? {} : { hint: data.hint },
          ),
        );
      };
      process.onerror = ({ message }) =>
        end(new InferscopeError("worker-crashed", message ?? "The lab's worker stopped."));
      process.postMessage(command);
    });
  }
}

const cancelled = (): InferscopeError => new InferscopeError("aborted", "Cancelled.");
