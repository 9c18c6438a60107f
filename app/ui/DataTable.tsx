import type { ReactNode } from "react";

import { cx } from "./cx.ts";
import styles from "./DataTable.module.css";
import { Formula } from "./Tooltip.tsx";

export interface Column<Row> {
  key: string;
  header: string;
  /** Numbers stand right. */
  align?: "left" | "right";
  /** Shown on hover of the header. */
  formula?: string;
  cell: (row: Row) => ReactNode;
}

interface DataTableProps<Row> {
  /** What the table shows, for those who hear it. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row, index: number) => string | number;
  /** Pixels; above it the table scrolls within itself. */
  maxHeight?: number;
}

/** A plain table; wide ones scroll sideways within themselves, never the page. */
export function DataTable<Row>({ caption, columns, rows, rowKey, maxHeight }: DataTableProps<Row>) {
  return (
    // Focusable, so that the keyboard can scroll it.
    <div className={styles["scroll"]} style={{ maxHeight }} tabIndex={0} role="region" aria-label={caption}>
      <table className={styles["table"]}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={cx(column.align === "right" && styles["right"])}>
                {column.formula === undefined ? (
                  column.header
                ) : (
                  <Formula name={column.header} formula={column.formula} />
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={rowKey(row, index)}>
              {columns.map((column) => (
                <td key={column.key} className={cx(column.align === "right" && styles["right"])}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
