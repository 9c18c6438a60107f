import { useEffect, useState } from "react";

import type { StepTrace } from "../../../protocol/index.ts";
import { useServices } from "../../store/services.tsx";

/** Steps of the engine's last run; a new array at most 4 times a second. */
export function useLastRun(): readonly StepTrace[] {
  const { trace } = useServices();
  const [steps, setSteps] = useState<readonly StepTrace[]>(() => [...trace.lastRun()]);
  useEffect(() => {
    let timer: number | null = null;
    const stop = trace.store.subscribe(() => {
      timer ??= window.setTimeout(() => {
        timer = null;
        setSteps([...trace.lastRun()]);
      }, 250);
    });
    return () => {
      stop();
      if (timer !== null) window.clearTimeout(timer);
    };
  }, [trace]);
  return steps;
}
