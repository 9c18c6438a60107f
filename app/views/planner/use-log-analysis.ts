/** Analyses a dropped log in the lab's worker: progress, cancel, errors. */
import { useCallback, useEffect, useRef, useState } from "react";

import { serializeError, type SerializedError } from "../../../protocol/index.ts";
import { LabWorker } from "../../client/lab-worker.ts";
import type { AnalysedLog, LabProgress } from "../../lab/lab-calls.ts";

export interface LogResult extends AnalysedLog {
  readonly name: string;
  readonly bytes: number;
  readonly tookMs: number;
}

export interface LogAnalysisRun {
  readonly running: { readonly name: string; readonly progress: LabProgress | null } | null;
  readonly result: LogResult | null;
  readonly error: SerializedError | null;
  readonly analyse: (file: File) => void;
  readonly cancel: () => void;
}

export function useLogAnalysis(): LogAnalysisRun {
  const [running, setRunning] = useState<LogAnalysisRun["running"]>(null);
  const [result, setResult] = useState<LogResult | null>(null);
  const [error, setError] = useState<SerializedError | null>(null);
  const worker = useRef<LabWorker | null>(null);
  const controller = useRef<AbortController | null>(null);
  useEffect(
    () => () => {
      controller.current?.abort();
      worker.current?.dispose();
    },
    [],
  );
  const analyse = useCallback((file: File) => {
    controller.current?.abort();
    const own = new AbortController();
    controller.current = own;
    const lab = (worker.current ??= new LabWorker());
    const { name, size } = file;
    setError(null);
    setRunning({ name, progress: null });
    const start = performance.now();
    const current = () => controller.current === own;
    lab
      .call(
        "analyseLog",
        { file, encoding: "o200k" },
        { signal: own.signal, onProgress: (progress) => current() && setRunning({ name, progress }) },
      )
      .then((log) => {
        if (current()) setResult({ ...log, name, bytes: size, tookMs: performance.now() - start });
      })
      .catch((reason: unknown) => {
        const failure = serializeError(reason);
        if (current() && failure.kind !== "aborted") setError(failure);
      })
      .finally(() => {
        if (current()) setRunning(null);
      });
  }, []);
  const cancel = useCallback(() => controller.current?.abort(), []);
  return { running, result, error, analyse, cancel };
}
