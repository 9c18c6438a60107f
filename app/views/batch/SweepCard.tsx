import { SweepChart } from "../../charts/SweepChart.tsx";
import { sweepConcurrencies, sweepRows, type SweepRow } from "../../lab/batch/sweep.ts";
import { useBatch, useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import type { Column } from "../../ui/DataTable.tsx";
import { formatMs, formatNumber } from "../../ui/format.ts";
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

interface SweepCardProps {
  disabled: boolean;
  running: boolean;
}

/** Throughput and latency against concurrency, by one button. */
export function SweepCard({ disabled, running }: SweepCardProps) {
  const { batch } = useServices();
  const sweep = useBatch((state) => state.sweep);
  const sweptWith = useBatch((state) => state.sweptWith);
  const rows = sweepRows(sweep);
  const last = rows.at(-1);
  const base = rows[0]?.summary.outputTokensPerSecond ?? null;
  return (
    <Card
      title="How far does batching carry?"
      tag={`${sweepConcurrencies.join(", ")} requests at once`}
      actions={
        running ? (
          <Button size="small" variant="danger" onClick={() => batch.actions.cancel()}>
            Cancel
          </Button>
        ) : (
          <Button size="small" disabled={disabled} onClick={() => void batch.actions.sweep()}>
            {sweep.length === 0 ? "Run the sweep" : "Run the sweep again"}
          </Button>
        )
      }
    >
      {last === undefined ? (
        <p className={styles["note"]}>
          {running
            ? "The first point is being measured."
            : "Sends the prompts above, 1 to 32 at once, the next when one ends, each with exactly the same number of output tokens, from an empty prefix cache at each point."}
        </p>
      ) : (
        <>
          <p className={styles["finding"]}>
            {last.speedup !== null &&
              `${last.concurrency} at once give ${formatNumber(last.speedup)} times the output of ${rows[0]?.concurrency ?? 1}, not ${last.concurrency} times; each token then takes ${formatMs(last.summary.itlMs?.p50 ?? null)} instead of ${formatMs(rows[0]?.summary.itlMs?.p50 ?? null)}.`}
          </p>
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
          {sweptWith !== null && sweptWith.policy.maxNumSeqs < last.concurrency && (
            <p className={styles["note"]}>
              The scheduler ran at most {sweptWith.policy.maxNumSeqs} sequences at once; what came on top of
              that waited.
            </p>
          )}
        </>
      )}
    </Card>
  );
}
