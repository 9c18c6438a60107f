import type { BatchRun } from "../../store/batch-store.ts";
import { Card } from "../../ui/Card.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { Formula } from "../../ui/Tooltip.tsx";
import styles from "./batch.module.css";
import { comparedFigures, loadLine } from "./derive.ts";

/** The runs' figures side by side. */
export function ModeTable({ runs }: { runs: readonly BatchRun[] }) {
  const [first, second] = runs;
  if (first === undefined || second === undefined) return null;
  return (
    <Card title="Same arrivals, other batching" tag={loadLine(first.load)}>
      <DataTable
        caption="Figures by batching mode"
        columns={[
          {
            key: "figure",
            header: "figure",
            cell: (row) => <Formula name={row.label} formula={row.formula} />,
          },
          ...runs.map(({ key, policy }, index) => ({
            key: String(key),
            header: policy.batching,
            align: "right" as const,
            cell: (row: ReturnType<typeof comparedFigures>[number]) => (
              <span className={styles["nowrap"]}>{row.values[index]}</span>
            ),
          })),
          {
            key: "change",
            header: "change",
            align: "right",
            formula: `${second.policy.batching} / ${first.policy.batching} − 1`,
            cell: (row) => <span className={styles["nowrap"]}>{row.change}</span>,
          },
        ]}
        rows={comparedFigures(runs)}
        rowKey={(row) => row.label}
      />
    </Card>
  );
}
