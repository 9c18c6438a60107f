import type { KernelReport, ModelInfo } from "../../../protocol/index.ts";
import { Card } from "../../ui/Card.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { formatMs, unknown } from "../../lab/format.ts";
import { Tag } from "../../ui/Tag.tsx";
import styles from "./DiagnosticsView.module.css";

/** Variants that run here, and why the others do not. */
export function KernelsCard({
  kernels,
  model,
}: {
  kernels: readonly KernelReport[];
  model: ModelInfo | null;
}) {
  return (
    <Card title="Kernels" tag="checked against their references at first load">
      {kernels.length === 0 ? (
        <p className={styles["none"]}>{noKernels(model)}</p>
      ) : (
        <DataTable
          caption="Kernel variants on this adapter"
          rows={kernels}
          rowKey={({ kernel, variant }) => `${kernel} ${variant}`}
          columns={[
            { key: "kernel", header: "Kernel", cell: (row) => <code>{row.kernel}</code> },
            { key: "variant", header: "Variant", cell: (row) => row.variant },
            {
              key: "status",
              header: "Status",
              cell: ({ status }) => (
                <Tag tone={status === "failed" ? "bad" : status === "unavailable" ? "plain" : "good"}>
                  {status}
                </Tag>
              ),
            },
            {
              key: "error",
              header: "Max error",
              align: "right",
              formula: "max |kernel − reference|",
              cell: ({ maxError }) => maxError?.toExponential(1) ?? unknown,
            },
            {
              key: "us",
              header: "Time",
              align: "right",
              cell: ({ microseconds }) => formatMs(microseconds === null ? null : microseconds / 1000),
            },
            { key: "note", header: "Note", cell: (row) => row.note },
          ]}
        />
      )}
    </Card>
  );
}

function noKernels(model: ModelInfo | null): string {
  if (model !== null && model.backend !== "paged")
    return "They belong to the Inferscope engine; the loaded model runs on another one.";
  return model?.runner === "cpu"
    ? "The CPU runner has none."
    : "Nothing checked yet: load a model on the GPU.";
}
