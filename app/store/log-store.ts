/** A log of a person's own requests and what it came to: kept while other views are shown. */
import { createStore, type StoreApi } from "zustand/vanilla";

import { serializeError, type SerializedError } from "../../protocol/index.ts";
import type { AnalysedLog, LabProgress } from "../lab/lab-calls.ts";

export interface LogResult extends AnalysedLog {
  readonly name: string;
  readonly bytes: number;
  readonly tookMs: number;
}

export interface LogState {
  readonly running: { readonly name: string; readonly progress: LabProgress | null } | null;
  /** Of the last file that could be analysed. */
  readonly result: LogResult | null;
  readonly error: SerializedError | null;
}

export interface Logs {
  readonly store: StoreApi<LogState>;
  /** A file that is analysed ends the one before. */
  readonly analyse: (file: File) => Promise<void>;
  readonly cancel: () => void;
}

/** Off the page's thread; rejects with `aborted` when the signal says so. */
type Analyse = (
  file: File,
  options: { readonly signal: AbortSignal; readonly onProgress: (progress: LabProgress) => void },
) => Promise<AnalysedLog>;

export function createLogs(analyseLog: Analyse, now: () => number): Logs {
  const store = createStore<LogState>(() => ({ running: null, result: null, error: null }));
  let controller: AbortController | null = null;
  const analyse = async (file: File): Promise<void> => {
    controller?.abort();
    const own = new AbortController();
    controller = own;
    const { name, size } = file;
    const startMs = now();
    /** What an older file brings late is not shown. */
    const set = (change: Partial<LogState>): void => {
      if (controller === own) store.setState(change);
    };
    set({ running: { name, progress: null }, error: null });
    try {
      const log = await analyseLog(file, {
        signal: own.signal,
        onProgress: (progress) => set({ running: { name, progress } }),
      });
      set({ result: { ...log, name, bytes: size, tookMs: now() - startMs } });
    } catch (cause) {
      const error = serializeError(cause);
      if (error.kind !== "aborted") set({ error });
    } finally {
      set({ running: null });
    }
  };
  return { store, analyse, cancel: () => controller?.abort() };
}
