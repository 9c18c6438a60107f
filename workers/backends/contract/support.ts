/** What checks of the contract are made of. */
import { InferscopeError, type LoadParams, type LoadProgress } from "../../../protocol/index.ts";
import type { InferenceBackend } from "../backend.ts";
import { type request, run, type Ended } from "./requests.ts";

export interface Subject {
  readonly backend: InferenceBackend;
  readonly params: LoadParams;
  /** Of the loads, for whoever waits. */
  readonly progress?: LoadWatch;
}

export interface ContractCheck {
  readonly name: string;
  /** Resolves with what was seen. Throws `NotApplicable`, or an error that says what is wrong. */
  readonly run: (subject: Subject) => Promise<string>;
}

/** The backend says that it lacks what is checked, or there was nothing to check it on. */
export class NotApplicable extends Error {}

/** Longest silence of a request; a slow device needs seconds for the few tokens asked for here. */
const limitMs = 180_000;

export type LoadWatch = (progress: LoadProgress) => void;

/** The stages of a load, each once, as they come. */
export function stages(watch: LoadWatch = () => undefined): { names: string[]; report: LoadWatch } {
  const names: string[] = [];
  const report = (progress: LoadProgress) => {
    if (names.at(-1) !== progress.stage) names.push(progress.stage);
    watch(progress);
  };
  return { names, report };
}

export function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}

/** Like `run`; a request that says nothing for too long is aborted and fails the check. */
export async function ask(...[backend, asked, onStep]: Parameters<typeof run>): Promise<Ended> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      backend.abort(asked.id);
      reject(new Error(`a request did not end within ${limitMs / 1000} s`));
    }, limitMs);
  });
  try {
    return await Promise.race([run(backend, asked, onStep), silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** Kind of the error that ends a request, whether it is refused at once or fails later. */
export async function failure(backend: InferenceBackend, asked: ReturnType<typeof request>): Promise<string> {
  try {
    const { terminal } = await ask(backend, asked);
    return terminal.type === "failed" ? terminal.error.kind : "no error";
  } catch (error) {
    if (error instanceof InferscopeError) return error.kind;
    throw error;
  }
}

export function refusal(attempt: () => void): InferscopeError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof InferscopeError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

export const equal = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
export const quoted = (words: string | undefined) => JSON.stringify((words ?? "").slice(0, 80));
