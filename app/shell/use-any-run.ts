import { useEffect, useState } from "react";

import { anyRun } from "../client/run-lock.ts";

const askEveryMs = 1000;

/** Other tabs' runs count, so the lock is asked, not this page's stores. `initially`: until it answered. */
export function useAnyRun(initially: boolean): boolean {
  const [running, setRunning] = useState(initially);
  useEffect(() => {
    const ask = () => void anyRun(navigator.locks).then(setRunning);
    ask();
    const timer = setInterval(ask, askEveryMs);
    return () => clearInterval(timer);
  }, []);
  return running;
}
