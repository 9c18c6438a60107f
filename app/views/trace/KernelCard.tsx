import { Card } from "../../ui/Card.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { formatMs, formatNumber } from "../../lab/format.ts";
import { Tag } from "../../ui/Tag.tsx";
import { kernelRows, type KernelRow } from "./derive.ts";
import styles from "./trace.module.css";
import type { Recorder } from "./use-recorder.ts";

/** What each kernel took in the last profiled run. */
export function KernelCard({ recorder }: { recorder: Recorder }) {
  const { profile, running } = recorder;
  if (profile === null) return null;
  const rows = kernelRows(profile);
  const totalMs = rows.reduce((sum, { ms }) => sum + ms, 0);
  const share = (value: number | null) => (value === null ? "–" : `${formatNumber(100 * value)}%`);
  return (
    <Card title="Kernels" tag={`${profile.numSteps} steps`}>
      <p className={styles["note"]}>
        <Tag tone="warn">perturbed</Tag> Each dispatch had a pass of its own between two timestamps, so the
        GPU waited between any two: the sum, {formatMs(totalMs)}, is not the time of a plain run. Chrome
        rounds timestamps to 100 µs; a sum over many dispatches says more than a single one.
        {profile.numUntimed > 0 && ` ${profile.numUntimed} dispatches could not be timed and are left out.`}
        {running && " A run is going on."}
      </p>
      {totalMs === 0 ? (
        <p>All dispatches were shorter than the clock resolves. Ask for more tokens.</p>
      ) : (
        <DataTable
          caption="Kernels by time"
          columns={[
            { key: "kernel", header: "kernel", cell: (row: KernelRow) => <KernelName row={row} /> },
            {
              key: "count",
              header: "dispatches",
              align: "right",
              cell: ({ numDispatches }) => numDispatches,
            },
            { key: "ms", header: "time", align: "right", cell: ({ ms }) => formatMs(ms) },
            {
              key: "mean",
              header: "each",
              align: "right",
              formula: "time / dispatches",
              cell: ({ ms, numDispatches }) => formatMs(ms / numDispatches),
            },
            { key: "share", header: "share", align: "right", cell: (row) => share(row.share) },
          ]}
          rows={rows}
          rowKey={({ kernel }) => kernel}
        />
      )}
    </Card>
  );
}

function KernelName({ row }: { row: KernelRow }) {
  return (
    <>
      <span className={styles["kernel"]}>{row.kernel}</span>
      <span className={styles["bar"]} style={{ width: `${100 * (row.share ?? 0)}%` }} aria-hidden />
    </>
  );
}
