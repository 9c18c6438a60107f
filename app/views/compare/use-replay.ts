import { useEffect, useState } from "react";

import { slowdown } from "./race.ts";

interface Replay {
  /** Milliseconds since the start of the race, in the race's own time; null: not on its way, all is shown. */
  readonly clockMs: number | null;
  readonly start: () => void;
  readonly stop: () => void;
}

/** Plays a race once more, slow enough to follow; the clock moves once a frame. */
export function useReplay(maxMs: number): Replay {
  const [clockMs, setClockMs] = useState<number | null>(null);
  const playing = clockMs !== null;
  useEffect(() => {
    if (!playing) return;
    const factor = slowdown(maxMs);
    const startedAt = performance.now();
    let frame = requestAnimationFrame(function next() {
      const clock = (performance.now() - startedAt) / factor;
      if (clock >= maxMs) {
        setClockMs(null);
        return;
      }
      setClockMs(clock);
      frame = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing, maxMs]);
  return { clockMs, start: () => setClockMs(0), stop: () => setClockMs(null) };
}
