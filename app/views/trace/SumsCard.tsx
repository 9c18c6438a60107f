import type { StepTrace } from "../../../protocol/index.ts";
import type { TimeWindow } from "../../charts/swimlane-layout.ts";
import { sumTrace } from "../../charts/trace-spans.ts";
import { Card } from "../../ui/Card.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { formatMs, formatNumber } from "../../lab/format.ts";
import styles from "./trace.module.css";

interface SumsCardProps {
  steps: readonly StepTrace[];
  selection: TimeWindow | null;
  activeStep: number | null;
}

/** Sums of the selected area, else of all; and the outlined step. */
export function SumsCard({ steps, selection, activeStep }: SumsCardProps) {
  const { fromMs, toMs } = selection ?? { fromMs: 0, toMs: Infinity };
  const sums = sumTrace(steps, fromMs, toMs);
  const step = activeStep === null ? undefined : steps[activeStep];
  const of = (ms: number | null) =>
    ms === null || sums.wallMs === 0 ? "" : `${formatNumber((100 * ms) / sums.wallMs)}%`;
  const rows = [
    { name: "Schedule (CPU)", ms: sums.scheduleMs, one: step?.scheduleMs },
    { name: "Masks (CPU)", ms: sums.maskMs, one: step?.maskMs },
    { name: "Encode and upload (CPU)", ms: sums.encodeMs, one: step?.encodeMs },
    { name: "Wait for the result", ms: sums.waitMs, one: step?.readbackMs },
    { name: "GPU, within the wait", ms: sums.gpuMs, one: step?.gpuMs ?? null },
    { name: "All", ms: sums.wallMs, one: step?.totalMs },
  ];
  return (
    <Card
      title={selection === null ? "Sums of all steps" : "Sums of the selection"}
      tag={`${sums.numSteps} steps`}
    >
      <DataTable
        caption="Sums of steps"
        columns={[
          { key: "name", header: "part", cell: ({ name }) => name },
          { key: "ms", header: "time", align: "right", cell: ({ ms }) => formatMs(ms) },
          { key: "share", header: "share", align: "right", cell: ({ ms }) => of(ms) },
          {
            key: "one",
            header: step === undefined ? "step" : `step ${step.step}`,
            align: "right",
            cell: ({ one }) => formatMs(one ?? null),
          },
        ]}
        rows={rows}
        rowKey={({ name }) => name}
      />
      <p className={styles["note"]} role="status">
        {sums.numPrefillTokens} prefill and {sums.numDecodeTokens} decode tokens, {sums.numDispatches}{" "}
        dispatches.{" "}
        {selection === null
          ? "Drag over the chart to select an area."
          : `${formatMs(toMs - fromMs)} selected; Escape clears.`}
      </p>
    </Card>
  );
}
