/** The analysis of a dropped log, in the lab's worker: kept while other views are shown. */
import { createStore, type StoreApi } from "zustand/vanilla";

import { serializeError, type SerializedError } from "../../protocol/index.ts";
import type { AnalysedLog, LabProgress } from "../lab/lab-calls.ts";

export interface LogResult extends AnalysedLog {
  readonly name: string;
  readonly bytes: number;
  readonly tookMs: number;
}

export interface LogsState {
  readonly running: { readonly name: string; readonly progress: LabProgress | null } | null;
  /** Of the last file that was analysed to its end. */
  readonly result: LogResult | null;
  readonly error: SerializedError | null;
}

export interface Logs {
  readonly store: StoreApi<LogsState>;
  /** In place of the one that is analysed now. */
  analyse(file: File): void;
  cancel(): void;
}

/** Rejects with `aborted` when the signal says so. */
export type AnalyseLog = (
  file: File,
  options: { readonly signal: AbortSignal; readonly onProgress: (progress: LabProgress) => void },
) => Promise<AnalysedLog>;

/** `clock`: milliseconds. */
export function createLogs(analyseLog: AnalyseLog, clock: () => number): Logs {
  const store = createStore<LogsState>(() => ({ running: null, result: null, error: null }));
  let controller: AbortController | null = null;

  const run = async (file: File, own: AbortController): Promise<void> => {
    const { name, size } = file;
    const isCurrent = () => controller === own;
    const start = clock();
    store.setState({ running: { name, progress: null }, error: null });
    try {
      const log = await analyseLog(file, {
        signal: own.signal,
        onProgress: (progress) => {
          if (isCurrent()) store.setState({ running: { name, progress } });
        },
      });
      if (isCurrent()) store.setState({ result: { ...log, name, bytes: size, tookMs: clock() - start } });
    } catch (reason) {
      const error = serializeError(reason);
      if (isCurrent() && error.kind !== "aborted") store.setState({ error });
    } finally {
      if (isCurrent()) store.setState({ running: null });
    }
  };
  return {
    store,
    analyse: (file) => {
      controller?.abort();
      controller = new AbortController();
      void run(file, controller);
    },
    cancel: () => controller?.abort(),
  };
}
