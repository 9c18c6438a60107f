/**
 * Calls to the device that fail in silence. WebGPU answers a call that it refuses with an object
 * that looks like any other and an error that nobody has to hear; commands that use the object do
 * nothing, and what is read afterwards is what was there before. So all work on a device runs in
 * here, between error scopes, and counts once `checked` has resolved.
 */
import { InferscopeError } from "../../protocol/index.ts";

const filters: readonly GPUErrorFilter[] = ["validation", "out-of-memory", "internal"];

export interface Watched<Result> {
  readonly result: Result;
  /** Rejects with `gpu-failure` or `out-of-memory` where the device refused a call of the work. */
  readonly checked: Promise<void>;
}

/**
 * Runs the work, which must be synchronous: scopes of works that overlap would be mixed up. Costs
 * no wait of its own: `checked` is to be awaited together with the work's result. Throws typed what
 * the work throws. what: follows "failed in", for the message.
 */
export function watch<Result>(device: GPUDevice, what: string, work: () => Result): Watched<Result> {
  let numPushed = 0;
  let outcome: { readonly result: Result } | null = null;
  let thrown: unknown = null;
  try {
    for (const filter of filters) {
      device.pushErrorScope(filter);
      numPushed += 1;
    }
    outcome = { result: work() };
  } catch (error) {
    thrown = error;
  }
  const scopes = Array.from({ length: numPushed }, () => popScope(device));
  if (outcome === null) {
    void Promise.allSettled(scopes);
    throw asGpuError(thrown, what);
  }
  const checked = check(scopes, what);
  // It may be awaited only after something else has failed.
  checked.catch(() => undefined);
  return { result: outcome.result, checked };
}

/** The work's result once the device has taken all of it. */
export async function watched<Result>(device: GPUDevice, what: string, work: () => Result): Promise<Result> {
  const { result, checked } = watch(device, what, work);
  await checked;
  return result;
}

/** The same for work that ends with a promise of the device's. */
export async function watchedAsync<Result>(
  device: GPUDevice,
  what: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const { result, checked } = watch(device, what, work);
  try {
    const [value] = await Promise.all([result, checked]);
    return value;
  } catch (cause) {
    throw asGpuError(cause, what);
  }
}

async function popScope(device: GPUDevice): Promise<GPUError | null> {
  return device.popErrorScope();
}

async function check(scopes: readonly Promise<GPUError | null>[], what: string): Promise<void> {
  const answers = await Promise.allSettled(scopes);
  for (const answer of answers) {
    if (answer.status === "rejected") throw asGpuError(answer.reason, what);
  }
  for (const answer of answers) {
    if (answer.status === "fulfilled" && answer.value !== null) throw refusal(answer.value, what);
  }
}

function refusal(error: GPUError, what: string): InferscopeError {
  return typeof GPUOutOfMemoryError !== "undefined" && error instanceof GPUOutOfMemoryError
    ? new InferscopeError("out-of-memory", `The graphics device has too little memory for ${what}.`, {
        hint: "Choose a smaller model or a smaller KV pool.",
        cause: error,
      })
    : gpuFailure(what, error.message);
}

/** An error of ours stays what it is; anything else that a call to the device threw becomes `gpu-failure`. */
export function asGpuError(cause: unknown, what: string): InferscopeError {
  if (cause instanceof InferscopeError) return cause;
  return gpuFailure(what, cause instanceof Error ? cause.message : String(cause), cause);
}

/** what: follows "failed in". */
export function gpuFailure(what: string, why: string, cause?: unknown): InferscopeError {
  return new InferscopeError("gpu-failure", `A call to the graphics device failed in ${what}: ${why}`, {
    hint: "Try again. If it keeps happening, load the model again or reload the page.",
    details: { during: what },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The net below the scopes: what the device reported of calls that nobody watched. */
export class StrayErrors {
  #first: string | null = null;

  constructor(device: Pick<GPUDevice, "addEventListener">) {
    device.addEventListener("uncapturederror", (event) => {
      this.#first ??= event.error.message;
    });
  }

  /** Throws `gpu-failure` where anything was reported since the last call. */
  check(what: string): void {
    const first = this.#first;
    this.#first = null;
    if (first !== null) throw gpuFailure(what, first);
  }
}
