/** What was measured in Diagnostics: kept while other views are shown. */
import { createStore, type StoreApi } from "zustand/vanilla";

import { serializeError, type MemoryBandwidth, type SerializedError } from "../../../protocol/index.ts";
import { fetchGoldens, runGoldens, type GoldensResult } from "../../lab/goldens.ts";
import type { Services } from "../../store/services.tsx";

export interface DiagnosticsState {
  /** Which model answered them. */
  readonly goldens: { readonly modelId: string; readonly result: GoldensResult } | null;
  readonly goldensRun: { readonly done: number; readonly total: number } | null;
  readonly goldensError: SerializedError | null;
  readonly bandwidth: MemoryBandwidth | null;
  readonly measuringBandwidth: boolean;
  readonly bandwidthError: SerializedError | null;
}

export interface DiagnosticsSession {
  readonly store: StoreApi<DiagnosticsState>;
  readonly runGoldens: (modelId: string) => Promise<void>;
  readonly cancelGoldens: () => void;
  readonly measureBandwidth: () => Promise<void>;
}

const sessions = new WeakMap<Services, DiagnosticsSession>();

export function diagnosticsSession(services: Services): DiagnosticsSession {
  const known = sessions.get(services) ?? createSession(services);
  sessions.set(services, known);
  return known;
}

function createSession({ inferscope, client }: Services): DiagnosticsSession {
  const store = createStore<DiagnosticsState>(() => ({
    goldens: null,
    goldensRun: null,
    goldensError: null,
    bandwidth: null,
    measuringBandwidth: false,
    bandwidthError: null,
  }));
  let controller: AbortController | null = null;
  return {
    store,
    runGoldens: async (modelId) => {
      if (controller !== null) return;
      const own = new AbortController();
      controller = own;
      store.setState({ goldensRun: { done: 0, total: 0 }, goldensError: null });
      try {
        const goldens = await fetchGoldens(modelId);
        const result = await runGoldens(
          inferscope,
          goldens,
          (done, total) => store.setState({ goldensRun: { done, total } }),
          own.signal,
        );
        store.setState({ goldens: { modelId, result } });
      } catch (cause) {
        own.abort();
        store.setState({ goldensError: serializeError(cause) });
      } finally {
        controller = null;
        store.setState({ goldensRun: null });
      }
    },
    cancelGoldens: () => controller?.abort(),
    measureBandwidth: async () => {
      store.setState({ measuringBandwidth: true, bandwidthError: null });
      try {
        store.setState({ bandwidth: await client.call("bandwidth", null) });
      } catch (cause) {
        store.setState({ bandwidthError: serializeError(cause) });
      } finally {
        store.setState({ measuringBandwidth: false });
      }
    },
  };
}
