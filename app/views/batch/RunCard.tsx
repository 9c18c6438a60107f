import { Legend } from "../../charts/Legend.tsx";
import { Swimlanes } from "../../charts/Swimlanes.tsx";
import { formatMs } from "../../lab/format.ts";
import type { LoadSettings } from "../../lab/load/load.ts";
import { policyText } from "../../lab/load/policy-text.ts";
import { Card } from "../../ui/Card.tsx";
import { Tag } from "../../ui/Tag.tsx";
import styles from "./batch.module.css";
import { batchingNames, describeSegment, type ShownMode } from "./derive.ts";
import { laneColumns } from "./lane-columns.tsx";
import { useLogFigures } from "./use-log-figures.ts";

interface RunCardProps {
  mode: ShownMode;
  load: LoadSettings;
  isLive: boolean;
  /** Right end of the axis, shared with the mode beside it. */
  maxMs: number;
}

/** One mode's lanes. Key it by the run and the mode. */
export function RunCard({ mode, load, isLive, maxMs }: RunCardProps) {
  const { log, policy, batching, measured } = mode;
  const figures = useLogFigures(log, isLive);
  return (
    <Card
      title={batchingNames[batching]}
      tag={isLive ? `${figures.numSteps} steps` : formatMs(measured?.summary.wallMs ?? null)}
      actions={measured?.aborted === true && <Tag tone="warn">cancelled, what was done is shown</Tag>}
    >
      <Swimlanes
        title="Requests over time"
        caption={`Requests over time, ${batching} batching`}
        source={log}
        numLanes={Math.max(figures.numLanes, load.arrivals === "burst" ? load.numRequests : 1)}
        live={isLive}
        maxMs={maxMs}
        describe={(segment) => describeSegment(log, segment)}
        columns={laneColumns}
        rows={figures.lanes}
      />
      <Legend phases={["queue", "cached", "prefill", "decode", "preempted"]} />
      <p className={styles["note"]}>{policyText(policy).join(" · ")}</p>
    </Card>
  );
}
