import { KvArea } from "../../charts/KvArea.tsx";
import { StepScatter } from "../../charts/StepScatter.tsx";
import type { BatchSizeRow, KvPoint } from "../../lab/load/step-figures.ts";
import type { StepLog } from "../../lab/load/step-log.ts";
import { Card } from "../../ui/Card.tsx";
import type { Column } from "../../ui/DataTable.tsx";
import { formatMs } from "../../lab/format.ts";
import { Formula } from "../../ui/Tooltip.tsx";
import styles from "./batch.module.css";
import { PoolEvents } from "./PoolEvents.tsx";
import { useLogFigures } from "./use-log-figures.ts";

const sizeColumns: readonly Column<BatchSizeRow>[] = [
  { key: "size", header: "sequences", align: "right", cell: (row) => row.numSequences },
  { key: "decode", header: "decode steps", align: "right", cell: (row) => row.numDecodeSteps },
  { key: "p50", header: "p50", align: "right", cell: (row) => formatMs(row.p50Ms) },
  { key: "p95", header: "p95", align: "right", cell: (row) => formatMs(row.p95Ms) },
  {
    key: "each",
    header: "for each sequence",
    align: "right",
    formula: "p50 / sequences in the step",
    cell: (row) => formatMs(row.msPerSequence),
  },
  { key: "prefill", header: "steps with prefill", align: "right", cell: (row) => row.numPrefillSteps },
];

const kvColumns: readonly Column<KvPoint>[] = [
  { key: "step", header: "step", align: "right", cell: (row) => row.step },
  { key: "at", header: "time", align: "right", cell: (row) => formatMs(row.atMs) },
  { key: "used", header: "used", align: "right", cell: (row) => row.used },
  { key: "cached", header: "cached", align: "right", cell: (row) => row.cached },
  { key: "free", header: "free", align: "right", cell: (row) => row.free },
  { key: "total", header: "total", align: "right", cell: (row) => row.total },
];

/** What a run's steps cost and where its blocks went. Key it by the run. */
export function StepCharts({ log, isLive }: { log: StepLog; isLive: boolean }) {
  const figures = useLogFigures(log, isLive);
  const last = figures.kv.at(-1);
  return (
    <>
      <div className={styles["two"]}>
        <Card>
          <StepScatter
            title={
              <Formula
                name="Step time by batch size"
                formula="tokens drawn − step begun, on the engine's clock"
              />
            }
            caption="Step time by batch size"
            note={`n = ${figures.numSteps} steps`}
            decode={figures.steps.filter(({ withPrefill }) => !withPrefill)}
            prefill={figures.steps.filter(({ withPrefill }) => withPrefill)}
            columns={sizeColumns}
            rows={figures.bySize}
          />
        </Card>
        <Card>
          <KvArea
            title={
              <Formula
                name="KV blocks"
                formula="used: held by running sequences; cached: kept by the prefix cache alone; free: the rest"
              />
            }
            caption="KV blocks over time"
            points={figures.kv}
            total={last?.total ?? 0}
            columns={kvColumns}
          >
            {last !== undefined && (
              <p className={styles["identity"]} data-unbalanced={figures.numUnbalanced}>
                <span>
                  free {last.free} + cached {last.cached} + used {last.used} = {last.total} blocks
                </span>
                {figures.numUnbalanced === 0 ? (
                  <span className={styles["good"]}>✓ held after each of {figures.numSteps} steps</span>
                ) : (
                  <span className={styles["bad"]}>
                    ✗ broken after {figures.numUnbalanced} of {figures.numSteps} steps
                  </span>
                )}
              </p>
            )}
          </KvArea>
        </Card>
      </div>
      <PoolEvents events={figures.events} originMs={log.originMs} />
    </>
  );
}
