/** Runs the sweet spot through `inferscope.run` and counts what comes in, at most four times a second. */
import { useCallback, useEffect, useRef, useState } from "react";

import { serializeError, type SerializedError } from "../../../protocol/index.ts";
import { isSweetSpotReport } from "../../lab/tokens/sweet-spot-markdown.ts";
import type { SweetSpotEvent, SweetSpotReport } from "../../lab/tokens/sweet-spot.ts";
import { useServices } from "../../store/services.tsx";
import { throttle } from "../../store/throttle.ts";

export interface SweetSpotChoice {
  readonly rows: number;
  readonly examples: readonly number[];
}

export interface SweetSpotProgress {
  readonly done: number;
  readonly total: number;
  readonly numCorrect: number;
}

export interface SweetSpotRun {
  /** Null while nothing runs. */
  readonly progress: SweetSpotProgress | null;
  readonly report: SweetSpotReport | null;
  readonly error: SerializedError | null;
  readonly run: (choice: SweetSpotChoice) => void;
  readonly cancel: () => void;
}

export function useSweetSpot(): SweetSpotRun {
  const { inferscope } = useServices();
  const [progress, setProgress] = useState<SweetSpotProgress | null>(null);
  const [report, setReport] = useState<SweetSpotReport | null>(null);
  const [error, setError] = useState<SerializedError | null>(null);
  const controller = useRef<AbortController | null>(null);

  // Leaving the view ends the run: nobody sees it any more, and the engine is wanted elsewhere.
  useEffect(() => () => controller.current?.abort(), []);

  const run = useCallback(
    (choice: SweetSpotChoice) => {
      if (controller.current !== null) return;
      const own = new AbortController();
      controller.current = own;
      let numCorrect = 0;
      setProgress({ done: 0, total: 0, numCorrect });
      setError(null);
      const show = throttle((now: SweetSpotProgress) => {
        if (controller.current === own) setProgress(now);
      }, 250);
      const onEvent = ({ done, total, correct }: SweetSpotEvent) => {
        if (correct === true) numCorrect += 1;
        show({ done, total, numCorrect });
      };
      inferscope
        .run("sweet-spot", { ...choice, signal: own.signal, onEvent })
        .then((result) => {
          if (isSweetSpotReport(result)) setReport(result);
        })
        .catch((reason: unknown) => {
          const failure = serializeError(reason);
          if (failure.kind !== "aborted") setError(failure);
        })
        .finally(() => {
          controller.current = null;
          setProgress(null);
        });
    },
    [inferscope],
  );
  const cancel = useCallback(() => controller.current?.abort(), []);
  return { progress, report, error, run, cancel };
}
