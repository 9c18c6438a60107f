/** Runs the comparison through `inferscope.run` and commits what happens once a frame. */
import { useCallback, useEffect, useRef, useState } from "react";

import { serializeError, type SerializedError } from "../../../protocol/index.ts";
import { type CompareEvent } from "../../lab/compare.ts";
import { importCompareReport } from "../../lab/import-report.ts";
import { type CompareReport } from "../../lab/report.ts";
import { useServices } from "../../store/services.tsx";
import { advance, noRun, type LiveRun } from "./live.ts";

export interface CompareChoice {
  readonly plans: readonly string[];
  readonly rows: number;
  readonly repeats: number;
}

export interface Comparison {
  /** Null while nothing runs. */
  readonly live: LiveRun | null;
  readonly report: CompareReport | null;
  /** Of the last run; the report before it stays. */
  readonly error: SerializedError | null;
  readonly run: (choice: CompareChoice) => void;
  readonly cancel: () => void;
}

export function useComparison(): Comparison {
  const { inferscope } = useServices();
  const [live, setLive] = useState<LiveRun | null>(null);
  const [report, setReport] = useState<CompareReport | null>(null);
  const [error, setError] = useState<SerializedError | null>(null);
  const controller = useRef<AbortController | null>(null);

  // Leaving the view ends the run: nobody sees it any more, and the engine is wanted elsewhere.
  useEffect(() => () => controller.current?.abort(), []);

  const run = useCallback(
    (choice: CompareChoice) => {
      if (controller.current !== null) return;
      const own = new AbortController();
      controller.current = own;
      let state = noRun;
      let frame: number | null = null;
      setLive(state);
      setError(null);
      const onEvent = (event: CompareEvent) => {
        state = advance(state, event);
        frame ??= requestAnimationFrame(() => {
          frame = null;
          if (controller.current === own) setLive(state);
        });
      };
      inferscope
        .run("compare", { ...choice, signal: own.signal, onEvent })
        .then((result) => setReport(importCompareReport(result)))
        .catch((reason: unknown) => {
          const failure = serializeError(reason);
          if (failure.kind !== "aborted") setError(failure);
        })
        .finally(() => {
          controller.current = null;
          setLive(null);
        });
    },
    [inferscope],
  );
  const cancel = useCallback(() => controller.current?.abort(), []);
  return { live, report, error, run, cancel };
}

/** The recorded run that shows before the first own one; null while it loads or where there is none. */
export function useRecordedReport(): CompareReport | null {
  const [report, setReport] = useState<CompareReport | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    fetch("./traces/compare-user-analysis.json", { signal: controller.signal })
      .then(async (response) => (response.ok ? importCompareReport(await response.json()) : null))
      .then(setReport)
      // Without the recording the view simply starts empty.
      .catch(() => undefined);
    return () => controller.abort();
  }, []);
  return report;
}
