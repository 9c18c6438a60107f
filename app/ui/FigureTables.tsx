import {
  cellText,
  columnFormula,
  columnTitle,
  type FigureRow,
  type Figures,
  type FigureTable,
} from "../lab/figures.ts";
import { DataTable } from "./DataTable.tsx";
import styles from "./FigureTables.module.css";

/** A report's findings and tables, whichever experiment it is of. Raw samples are left to the files. */
export function FigureTables({ figures: { findings, tables, notes } }: { figures: Figures }) {
  const shown = tables.filter(({ isRaw, rows }) => isRaw !== true && rows.length > 0);
  return (
    <div className={styles["tables"]}>
      {findings.map((text) => (
        <p key={text} className={styles["finding"]}>
          {text}
        </p>
      ))}
      {shown.map((table) => (
        <section key={table.id}>
          {table.title !== "" && <h3>{table.title}</h3>}
          <Table table={table} />
        </section>
      ))}
      {notes.map((text) => (
        <p key={text} className={styles["note"]}>
          {text}
        </p>
      ))}
    </div>
  );
}

function Table({ table: { title, head, columns, rows } }: { table: FigureTable }) {
  return (
    <DataTable<FigureRow>
      caption={title === "" ? "Figures of this report" : title}
      columns={[
        { key: "title", header: head, cell: (row) => row.title },
        ...columns.map((column, index) => {
          const formula = columnFormula(column);
          return {
            key: column.id,
            header: columnTitle(column),
            align: "right" as const,
            ...(formula === null ? {} : { formula }),
            cell: (row: FigureRow) => cellText(column, row.cells[index] ?? null),
          };
        }),
      ]}
      rows={rows}
      rowKey={({ id }) => id}
      maxHeight={420}
    />
  );
}
