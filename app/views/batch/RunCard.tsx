import { Legend } from "../../charts/Legend.tsx";
import { Swimlanes } from "../../charts/Swimlanes.tsx";
import type { BatchRun } from "../../store/batch-store.ts";
import { Card } from "../../ui/Card.tsx";
import { formatMs } from "../../ui/format.ts";
import { Tag } from "../../ui/Tag.tsx";
import styles from "./batch.module.css";
import { batchingNames, describeSegment, policyLine } from "./derive.ts";
import { laneColumns } from "./lane-columns.tsx";
import { useLogFigures } from "./use-log-figures.ts";

interface RunCardProps {
  run: BatchRun;
  /** Right end of the axis, shared with the run beside it. */
  maxMs: number;
}

/** One run's lanes. Key it by the run. */
export function RunCard({ run, maxMs }: RunCardProps) {
  const { log, policy, load, state } = run;
  const live = state === "running";
  const figures = useLogFigures(log, live);
  return (
    <Card
      title={batchingNames[policy.batching]}
      tag={live ? `${figures.numSteps} steps` : formatMs(run.summary?.wallMs ?? null)}
      actions={state === "cancelled" && <Tag tone="warn">cancelled, what was done is shown</Tag>}
    >
      <Swimlanes
        title="Requests over time"
        caption={`Requests over time, ${policy.batching} batching`}
        source={log}
        numLanes={Math.max(figures.numLanes, load.arrivals === "burst" ? load.numRequests : 1)}
        live={live}
        maxMs={maxMs}
        describe={(segment) => describeSegment(log, segment)}
        columns={laneColumns}
        rows={figures.lanes}
      />
      <Legend phases={["queue", "cached", "prefill", "decode", "preempted"]} />
      <p className={styles["note"]}>{policyLine(policy)}</p>
    </Card>
  );
}
