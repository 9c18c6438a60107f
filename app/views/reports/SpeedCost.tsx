import { SpeedCostScatter } from "../../charts/SpeedCostScatter.tsx";
import type { ReportSummary } from "../../store/report-storage.ts";
import { Card } from "../../ui/Card.tsx";
import type { Column } from "../../ui/DataTable.tsx";
import { formatNumber, unknown } from "../../lab/format.ts";
import { speedCostPoints, type SpeedCostPoint } from "./derive.ts";

const columns: readonly Column<SpeedCostPoint>[] = [
  { key: "label", header: "plan, run", cell: ({ label }) => label },
  { key: "seconds", header: "seconds per row", align: "right", cell: ({ seconds }) => formatNumber(seconds) },
  {
    key: "cost",
    header: "$ per 1,000 rows",
    align: "right",
    cell: ({ costPerThousand }) => `$${costPerThousand.toFixed(2)}`,
  },
  {
    key: "accuracy",
    header: "right",
    align: "right",
    cell: ({ accuracy }) => (accuracy === null ? unknown : `${Math.round(100 * accuracy)}%`),
  },
];

/** Every plan of every comparison: quick and cheap is bottom left. */
export function SpeedCost({ list }: { list: readonly ReportSummary[] }) {
  const points = speedCostPoints(list).slice(0, 600);
  if (points.length === 0) return null;
  return (
    <Card>
      <SpeedCostScatter
        title="Speed against cost"
        caption="Speed against cost, one point a plan and run"
        note="bottom left is quick and cheap; cost is arithmetic on measured tokens"
        points={points}
        columns={columns}
        rows={points}
      />
    </Card>
  );
}
