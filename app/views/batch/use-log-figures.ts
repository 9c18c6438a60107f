import { useEffect, useState } from "react";

import {
  kvPoints,
  laneRows,
  stepPoints,
  stepsByBatchSize,
  type BatchSizeRow,
  type KvPoint,
  type LaneRow,
  type StepPoint,
} from "../../lab/load/step-figures.ts";
import type { PoolEvent, StepLog } from "../../lab/load/step-log.ts";

export interface LogFigures {
  readonly version: number;
  readonly numLanes: number;
  readonly numSteps: number;
  readonly numUnbalanced: number;
  readonly steps: readonly StepPoint[];
  readonly bySize: readonly BatchSizeRow[];
  readonly kv: readonly KvPoint[];
  readonly lanes: readonly LaneRow[];
  readonly events: readonly PoolEvent[];
}

/** What a log holds, taken at most 4 times a second while it grows. Key the caller by the log. */
export function useLogFigures(log: StepLog, live: boolean): LogFigures {
  const [figures, setFigures] = useState(() => figuresOf(log));
  useEffect(() => {
    const look = () => setFigures((old) => (old.version === log.version ? old : figuresOf(log)));
    // Once more after the end, when the last step is in.
    const last = setTimeout(look, 0);
    const timer = live ? setInterval(look, 250) : undefined;
    return () => {
      clearTimeout(last);
      clearInterval(timer);
    };
  }, [log, live]);
  return figures;
}

const mostPoints = 600;

function figuresOf(log: StepLog): LogFigures {
  return {
    version: log.version,
    numLanes: log.lanes.length,
    numSteps: log.numSteps,
    numUnbalanced: log.numUnbalanced,
    steps: stepPoints(log, mostPoints),
    bySize: stepsByBatchSize(log),
    kv: kvPoints(log, mostPoints),
    lanes: laneRows(log),
    events: [...log.events],
  };
}
