import { type BatchRun } from "../../store/batch-store.ts";
import { Card } from "../../ui/Card.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { Formula } from "../../ui/Tooltip.tsx";
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
            cell: (row: ReturnType<typeof comparedFigures>[number]) => row.values[index],
          })),
          {
            key: "change",
            header: `${second.policy.batching} against ${first.policy.batching}`,
            align: "right",
            cell: (row) => row.change,
          },
        ]}
        rows={comparedFigures(runs)}
        rowKey={(row) => row.label}
      />
    </Card>
  );
}
