import { useEffect, useState } from "react";

import type { StepTrace } from "../../../protocol/index.ts";
import { useServices } from "../../store/services.tsx";

/** Steps of the engine's last run; a new array at most 4 times a second. */
export function useLastRun(): readonly StepTrace[] {
  const { feed } = useServices();
  const [steps, setSteps] = useState<readonly StepTrace[]>(() => feed.lastRun());
  useEffect(() => {
    let timer: number | null = null;
    const stop = feed.onTick(() => {
      timer ??= window.setTimeout(() => {
        timer = null;
        setSteps(feed.lastRun());
      }, 250);
    });
    return () => {
      stop();
      if (timer !== null) window.clearTimeout(timer);
    };
  }, [feed]);
  return steps;
}
