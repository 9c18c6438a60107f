import { useServices } from "../../store/services.tsx";
import type { ReportSummary } from "../../store/report-storage.ts";
import { Button } from "../../ui/Button.tsx";
import { DataTable, type Column } from "../../ui/DataTable.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { formatMs } from "../../lab/format.ts";
import styles from "./reports.module.css";
import { dateText } from "./derive.ts";

interface ReportTableProps {
  list: readonly ReportSummary[];
  openId: string | null;
  baselineId: string | null;
  onOpen: (id: string) => void;
}

export function ReportTable({ list, openId, baselineId, onOpen }: ReportTableProps) {
  const { reports } = useServices();
  const columns: readonly Column<ReportSummary>[] = [
    { key: "date", header: "date", cell: ({ date }) => dateText(date) },
    {
      key: "title",
      header: "experiment",
      cell: ({ title, source, state, settings }) => (
        <span title={settings?.join(", ")}>
          {source === "import" ? `${title} (imported)` : title}
          {state === "cancelled" && (
            <>
              {" "}
              <Tag tone="warn">cancelled</Tag>
            </>
          )}
        </span>
      ),
    },
    { key: "model", header: "model", cell: ({ model }) => model },
    { key: "adapter", header: "ran on", cell: ({ adapter }) => adapter },
    { key: "settings", header: "settings", cell: ({ settings }) => settings?.[0] ?? "–" },
    {
      key: "time",
      header: "end to end, by plan",
      align: "right",
      formula: "median over the rows of last token − submitted",
      cell: ({ plans }) => (plans.length === 0 ? "–" : plans.map(({ e2eMs }) => formatMs(e2eMs)).join(" · ")),
    },
    { key: "n", header: "n", align: "right", cell: ({ n }) => n },
    {
      key: "actions",
      header: "",
      cell: ({ id, title, date, state }) => (
        <span className={styles["actions"]}>
          <Button
            size="small"
            aria-pressed={id === openId}
            aria-label={`Open ${title} of ${dateText(date)}`}
            onClick={() => onOpen(id)}
          >
            Open
          </Button>
          <Button
            size="small"
            aria-pressed={id === baselineId}
            disabled={state === "cancelled"}
            title={state === "cancelled" ? "A cancelled run is half of one, and no baseline." : undefined}
            aria-label={`Baseline: ${title} of ${dateText(date)}`}
            onClick={() => void reports.actions.pin(id === baselineId ? null : id)}
          >
            {id === baselineId ? "Baseline ✓" : "Pin as baseline"}
          </Button>
          <Button
            size="small"
            variant="ghost"
            aria-label={`Delete ${title} of ${dateText(date)}`}
            onClick={() => void reports.actions.remove(id)}
          >
            Delete
          </Button>
        </span>
      ),
    },
  ];
  return (
    <DataTable caption="Reports" columns={columns} rows={list} rowKey={({ id }) => id} maxHeight={360} />
  );
}
