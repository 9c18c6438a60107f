import { loadText, type LoadSettings } from "../../lab/load/load.ts";
import { Card } from "../../ui/Card.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { Formula } from "../../ui/Tooltip.tsx";
import styles from "./batch.module.css";
import { comparedFigures, type ShownMode } from "./derive.ts";

/** The modes' figures side by side. */
export function ModeTable({ load, modes }: { load: LoadSettings; modes: readonly ShownMode[] }) {
  const [first, second] = modes;
  if (first === undefined || second === undefined) return null;
  return (
    <Card title="Same arrivals, other batching" tag={loadText(load)}>
      <DataTable
        caption="Figures by batching mode"
        columns={[
          {
            key: "figure",
            header: "figure",
            cell: (row) => <Formula name={row.label} formula={row.formula} />,
          },
          ...modes.map(({ batching }, index) => ({
            key: batching,
            header: batching,
            align: "right" as const,
            cell: (row: ReturnType<typeof comparedFigures>[number]) => (
              <span className={styles["nowrap"]}>{row.values[index]}</span>
            ),
          })),
          {
            key: "change",
            header: "change",
            align: "right",
            formula: `${second.batching} / ${first.batching} − 1`,
            cell: (row) => <span className={styles["nowrap"]}>{row.change}</span>,
          },
        ]}
        rows={comparedFigures(modes)}
        rowKey={(row) => row.label}
      />
    </Card>
  );
}
