import { Table2 } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";

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

/** Title, drawing, and the table of the same figures one click away, in the drawing's place. */
export function ChartFrame<Row>({ title, caption, note, columns, rows, children }: ChartFrameProps<Row>) {
  const frame = useRef<HTMLElement>(null);
  const body = useRef<HTMLDivElement>(null);
  /** CSS pixels of the drawing that the table stands for; null: the drawing shows. */
  const [tableHeight, setTableHeight] = useState<number | null>(null);
  useEffect(() => {
    if (tableHeight !== null) frame.current?.scrollIntoView({ block: "nearest" });
  }, [tableHeight]);
  return (
    <figure ref={frame} className={styles["frame"]} aria-label={caption}>
      <figcaption className={styles["head"]}>
        <span className={styles["title"]}>{title}</span>
        {note !== undefined && <span className={styles["note"]}>{note}</span>}
        <Button
          size="small"
          variant="ghost"
          className={styles["toggle"]}
          aria-pressed={tableHeight !== null}
          aria-label={`${caption} as a table`}
          icon={<Table2 aria-hidden />}
          onClick={() => setTableHeight(tableHeight === null ? (body.current?.offsetHeight ?? 0) : null)}
        />
      </figcaption>
      <div ref={body} className={styles["body"]}>
        {tableHeight === null ? (
          children
        ) : (
          <DataTable
            caption={caption}
            columns={columns}
            rows={rows}
            rowKey={(_row, index) => index}
            maxHeight={Math.min(mostHeight, Math.max(leastHeight, tableHeight))}
          />
        )}
      </div>
    </figure>
  );
}

/** CSS pixels: some rows in a flat chart's place, and no more than a screen shows in a tall one's. */
const leastHeight = 160;
const mostHeight = 480;
