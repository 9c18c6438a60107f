import { Table2 } from "lucide-react";
import { useState, type ReactNode } from "react";

import { Button } from "../ui/Button.tsx";
import { DataTable, type Column } from "../ui/DataTable.tsx";
import styles from "./ChartFrame.module.css";

interface ChartFrameProps<Row> {
  /** Names the chart: heading and accessible name. */
  title: ReactNode;
  caption: string;
  note?: ReactNode;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  children: ReactNode;
}

/** Title, drawing, and the table of the same figures one click away. */
export function ChartFrame<Row>({ title, caption, note, columns, rows, children }: ChartFrameProps<Row>) {
  const [table, setTable] = useState(false);
  return (
    <figure className={styles["frame"]} aria-label={caption}>
      <figcaption className={styles["head"]}>
        <span className={styles["title"]}>{title}</span>
        {note !== undefined && <span className={styles["note"]}>{note}</span>}
        <Button
          size="small"
          variant="ghost"
          className={styles["toggle"]}
          aria-pressed={table}
          aria-label={`${caption} as a table`}
          icon={<Table2 aria-hidden />}
          onClick={() => setTable(!table)}
        />
      </figcaption>
      {table ? (
        <DataTable
          caption={caption}
          columns={columns}
          rows={rows}
          rowKey={(_row, index) => index}
          maxHeight={320}
        />
      ) : (
        children
      )}
    </figure>
  );
}
