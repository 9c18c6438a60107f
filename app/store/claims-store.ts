/** The claims board's results of this visit: kept while other views are shown, gone with the page. */
import { createStore, type StoreApi } from "zustand/vanilla";

import { serializeError, type Inferscope, type SerializedError } from "../../protocol/index.ts";
import type { ClaimFailure, ClaimResult } from "../lab/claims/report.ts";
import type { ClaimsEvent } from "../lab/claims/run-claims.ts";

export interface ClaimsState {
  readonly results: ReadonlyMap<number, ClaimResult>;
  readonly failures: ReadonlyMap<number, ClaimFailure>;
  /** Null while nothing runs. `id`: the claim that is measured now; null while the engine warms up. */
  readonly running: { readonly id: number | null; readonly done: number; readonly total: number } | null;
  readonly error: SerializedError | null;
}

export interface ClaimsActions {
  measure(ids: readonly number[]): Promise<void>;
  cancel(): void;
}

export interface Claims {
  readonly store: StoreApi<ClaimsState>;
  readonly actions: ClaimsActions;
}

export function createClaims(inferscope: Pick<Inferscope, "run">): Claims {
  const store = createStore<ClaimsState>(() => ({
    results: new Map(),
    failures: new Map(),
    running: null,
    error: null,
  }));
  let controller: AbortController | null = null;
  const onEvent = (event: ClaimsEvent): void => {
    const { done, total } = event;
    if (event.type === "claim") {
      store.setState({ running: { id: event.id, done, total } });
      return;
    }
    const { results, failures } = store.getState();
    const id = event.type === "claim-done" ? event.result.id : event.failure.id;
    const [others, othersFailed] = [new Map(results), new Map(failures)];
    others.delete(id);
    othersFailed.delete(id);
    if (event.type === "claim-done") others.set(id, event.result);
    else othersFailed.set(id, event.failure);
    store.setState({ results: others, failures: othersFailed });
  };
  return {
    store,
    actions: {
      measure: async (ids) => {
        if (controller !== null) return;
        controller = new AbortController();
        store.setState({ running: { id: null, done: 0, total: ids.length }, error: null });
        try {
          await inferscope.run("claims", { ids, signal: controller.signal, onEvent });
        } catch (cause) {
          const error = serializeError(cause);
          if (error.kind !== "aborted") store.setState({ error });
        } finally {
          controller = null;
          store.setState({ running: null });
        }
      },
      cancel: () => controller?.abort(),
    },
  };
}
