/** Guesses and results of this visit: kept while other views are shown, gone with the page. */
import { createStore, type StoreApi } from "zustand/vanilla";

import { serializeError, type SerializedError } from "../../../protocol/index.ts";
import { environmentText } from "../../lab/environment.ts";
import type { Lesson, LessonResult } from "../../lab/learn/lesson.ts";
import type { Services } from "../../store/services.tsx";

export const steps = ["predict", "run", "explain"] as const;
export type Step = (typeof steps)[number];

export interface Taken {
  readonly result: LessonResult;
  /** The guess that it was run with; null: none. */
  readonly guess: number | null;
  readonly environment: string;
}

export interface LearnState {
  /** By lesson. */
  readonly steps: Readonly<Record<string, Step>>;
  readonly guesses: Readonly<Record<string, number>>;
  readonly taken: Readonly<Record<string, Taken>>;
  readonly running: { readonly id: string; readonly done: number; readonly total: number } | null;
  readonly error: { readonly id: string; readonly error: SerializedError } | null;
}

export interface LearnSession {
  readonly store: StoreApi<LearnState>;
  readonly go: (id: string, step: Step) => void;
  readonly guess: (id: string, value: number) => void;
  /** Goes to the run, and to the explanation once it is done. Does nothing while another one runs. */
  readonly run: (lesson: Lesson) => Promise<void>;
  readonly cancel: () => void;
}

const sessions = new WeakMap<Services, LearnSession>();

export function learnSession(services: Services): LearnSession {
  const known = sessions.get(services) ?? createSession(services);
  sessions.set(services, known);
  return known;
}

function createSession({ lab }: Pick<Services, "lab">): LearnSession {
  const store = createStore<LearnState>(() => ({
    steps: {},
    guesses: {},
    taken: {},
    running: null,
    error: null,
  }));
  let controller: AbortController | null = null;

  const go: LearnSession["go"] = (id, step) =>
    store.setState((state) => ({ steps: { ...state.steps, [id]: step } }));

  const run = async (lesson: Lesson): Promise<void> => {
    if (controller !== null) return;
    const { id } = lesson;
    const own = new AbortController();
    controller = own;
    go(id, "run");
    store.setState({ running: { id, done: 0, total: 0 }, error: null });
    const guess = store.getState().guesses[id] ?? null;
    try {
      const result = await lesson.run({
        lab,
        signal: own.signal,
        onProgress: (done, total) => {
          if (controller === own) store.setState({ running: { id, done, total } });
        },
      });
      const environment = environmentText(await lab.environment());
      store.setState(({ taken }) => ({ taken: { ...taken, [id]: { result, guess, environment } } }));
      // Whoever went on meanwhile is left where they are.
      if (store.getState().steps[id] === "run") go(id, "explain");
    } catch (cause) {
      const error = serializeError(cause);
      if (error.kind !== "aborted" || !own.signal.aborted) store.setState({ error: { id, error } });
    } finally {
      controller = null;
      store.setState({ running: null });
    }
  };
  return {
    store,
    go,
    guess: (id, value) => store.setState(({ guesses }) => ({ guesses: { ...guesses, [id]: value } })),
    run,
    cancel: () => controller?.abort(),
  };
}
