import { SweepChart } from "../../charts/SweepChart.tsx";
import { sweepFinding, sweepRows, type SweepRow } from "../../lab/experiments/sweep/findings.ts";
import { fromLoad } from "../../lab/load/plain-options.ts";
import { useBatchForm, useRun, useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { CancelledNote } from "../../ui/CancelledNote.tsx";
import { Card } from "../../ui/Card.tsx";
import type { Column } from "../../ui/DataTable.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { RunProgress } from "../../ui/RunProgress.tsx";
import { formatMs, formatNumber } from "../../lab/format.ts";
import { Formula } from "../../ui/Tooltip.tsx";
import { metricFormulas } from "../../../protocol/index.ts";
import styles from "./batch.module.css";

const columns: readonly Column<SweepRow>[] = [
  { key: "at", header: "at once", align: "right", cell: (row) => row.concurrency },
  { key: "n", header: "requests", align: "right", cell: (row) => row.summary.numFinished },
  {
    key: "rate",
    header: "output tok/s",
    align: "right",
    formula: metricFormulas.outputTokensPerSecond,
    cell: (row) => formatNumber(row.summary.outputTokensPerSecond),
  },
  {
    key: "speedup",
    header: "times the first",
    align: "right",
    formula: "output tok/s / output tok/s of the first row",
    cell: (row) => (row.speedup === null ? "–" : `${formatNumber(row.speedup)}×`),
  },
  {
    key: "itl50",
    header: "ITL p50",
    align: "right",
    formula: metricFormulas.itlMs,
    cell: (row) => formatMs(row.summary.itlMs?.p50 ?? null),
  },
  {
    key: "itl95",
    header: "ITL p95",
    align: "right",
    formula: metricFormulas.itlMs,
    cell: (row) => formatMs(row.summary.itlMs?.p95 ?? null),
  },
  {
    key: "ttft",
    header: "TTFT p50",
    align: "right",
    formula: metricFormulas.ttftMs,
    cell: (row) => formatMs(row.summary.ttftMs?.p50 ?? null),
  },
  {
    key: "size",
    header: "sequences a step",
    align: "right",
    formula: "mean over the steps, weighted by their time",
    cell: (row) => formatNumber(row.steps.meanSequences),
  },
  { key: "pre", header: "preemptions", align: "right", cell: (row) => row.summary.numPreemptions },
];

/** The form's prompts at growing concurrency. */
export function SweepCard({ disabled }: { disabled: boolean }) {
  const { runs } = useServices();
  const settings = useBatchForm();
  const { running, shown, wasCancelled, error } = useRun("sweep");
  const points = running?.live?.points ?? shown?.report.points ?? [];
  const rows = sweepRows(points);
  const last = rows.at(-1);
  const base = rows[0]?.summary.outputTokensPerSecond ?? null;
  const policy = running === null ? shown?.report.policy : undefined;
  const finding = running === null ? sweepFinding(points) : null;
  return (
    <Card
      title="How far does batching carry?"
      tag="1, 2, 4, 8, 16, 32 requests at once"
      actions={
        running !== null ? (
          <Button size="small" variant="danger" onClick={runs.cancel}>
            Cancel
          </Button>
        ) : (
          <Button
            size="small"
            disabled={disabled}
            onClick={() => runs.start("sweep", { ...fromLoad(settings) })}
          >
            {shown === null ? "Run the sweep" : "Run the sweep again"}
          </Button>
        )
      }
    >
      {running !== null && (
        <RunProgress
          label="Points measured"
          done={running.progress?.done ?? 0}
          total={running.progress?.total ?? 0}
          text={`${running.progress?.done ?? 0} of ${running.progress?.total ?? 0} points measured`}
        />
      )}
      {error !== null && <ErrorNotice error={error} />}
      {running === null && wasCancelled && <CancelledNote />}
      {last === undefined ? (
        <p className={styles["note"]}>
          {running !== null
            ? "The first point is being measured."
            : "Sends the prompts above, 1 to 32 at once, the next when one ends, each with exactly the same number of output tokens, from an empty prefix cache at each point."}
        </p>
      ) : (
        <>
          {finding !== null && <p className={styles["finding"]}>{finding}</p>}
          <div className={styles["two"]}>
            <SweepChart
              title={<Formula name="Output rate" formula={metricFormulas.outputTokensPerSecond} />}
              caption="Output rate by concurrency"
              unit="tok/s"
              x={(row) => row.concurrency}
              series={[
                {
                  name: "measured",
                  color: "var(--decode)",
                  value: (row) => row.summary.outputTokensPerSecond,
                },
                {
                  name: "if N requests gave N times",
                  color: "var(--queue)",
                  dashed: true,
                  value: (row) => (base === null ? null : base * row.concurrency),
                },
              ]}
              columns={columns}
              rows={rows}
            />
            <SweepChart
              title={<Formula name="Inter-token latency" formula={metricFormulas.itlMs} />}
              caption="Inter-token latency by concurrency"
              unit="ms"
              x={(row) => row.concurrency}
              series={[
                { name: "p50", color: "var(--decode)", value: (row) => row.summary.itlMs?.p50 ?? null },
                {
                  name: "p95",
                  color: "var(--prefill)",
                  dashed: true,
                  value: (row) => row.summary.itlMs?.p95 ?? null,
                },
              ]}
              columns={columns}
              rows={rows}
            />
          </div>
          {policy !== undefined && policy.maxNumSeqs < last.concurrency && (
            <p className={styles["note"]}>
              The scheduler ran at most {policy.maxNumSeqs} sequences at once; what came on top of that
              waited.
            </p>
          )}
        </>
      )}
    </Card>
  );
}
