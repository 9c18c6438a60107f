import { useState } from "react";

import type { OwnRow, WorkloadDefinition } from "../../lab/workloads/own/definition.ts";
import type { RowText } from "../../lab/workloads/own/rows.ts";
import { definitionRows } from "../../lab/workloads/own/workload-of.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { TextArea } from "../../ui/Fields.tsx";
import { FileDrop } from "../../ui/FileDrop.tsx";
import type { ProblemAt } from "./derive.ts";
import styles from "./plans.module.css";

interface RowsCardProps {
  own: WorkloadDefinition;
  problemAt: ProblemAt;
  onRows: (source: RowText) => void;
  onExpected: (columns: readonly string[]) => void;
}

/** The rows of one's own: where they came from, what was left out, which columns hold the answer. */
export function RowsCard({ own, problemAt, onRows, onExpected }: RowsCardProps) {
  const { table } = own;
  const problem = problemAt("rows");
  return (
    <Card
      title="Rows"
      {...(table.rows.length === 0 ? {} : { tag: `${table.rows.length} good rows of ${table.source}` })}
    >
      <DropZone onRows={onRows} />
      {problem !== null && <p className={styles["problem"]}>{problem}</p>}
      <LeftOut own={own} />
      {table.rows.length > 0 && (
        <>
          <ExpectedColumns own={own} onExpected={onExpected} />
          <Preview own={own} />
        </>
      )}
    </Card>
  );
}

export function DropZone({ onRows }: { onRows: (source: RowText) => void }) {
  return (
    <>
      <FileDrop
        label="Drop a CSV or JSON file of rows here, or choose one"
        accept=".csv,.tsv,.txt,.json,.jsonl,.ndjson"
        onFile={(file) => onRows(asText(file))}
      >
        CSV with a head line, a JSON list of objects, or one object a line; up to 5 MiB and 2,000 rows.
        Nothing leaves this tab.
      </FileDrop>
      <Paste onRows={onRows} />
    </>
  );
}

const asText = (file: File): RowText => ({ name: file.name, size: file.size, text: () => file.text() });

function Paste({ onRows }: { onRows: (source: RowText) => void }) {
  const [text, setText] = useState("");
  return (
    <details>
      <summary className={styles["note"]}>Or paste them</summary>
      <TextArea label="Rows as CSV or JSON" rows={6} value={text} onChange={setText} />
      <Button
        size="small"
        disabled={text.trim() === ""}
        onClick={() => onRows({ name: "pasted rows", size: text.length, text: () => Promise.resolve(text) })}
      >
        Read these rows
      </Button>
    </details>
  );
}

const mostLeftOutShown = 200;

/** Lines that are no rows, and rows that lack a value; each with its line and the reason. */
function LeftOut({ own }: { own: WorkloadDefinition }) {
  const problems = [...own.table.problems, ...definitionRows(own).problems].toSorted(
    (a, b) => a.line - b.line,
  );
  if (problems.length === 0) return null;
  return (
    <>
      <h3>
        {problems.length === 1 ? "1 line was left out" : `${problems.length} lines were left out`}
        {problems.length > mostLeftOutShown && `; the first ${mostLeftOutShown}`}
      </h3>
      <DataTable
        caption="Lines that were left out"
        columns={[
          { key: "line", header: "line", align: "right", cell: ({ line }) => line },
          { key: "reason", header: "why", cell: ({ reason }) => reason },
        ]}
        rows={problems.slice(0, mostLeftOutShown)}
        rowKey={(_, index) => index}
        maxHeight={220}
      />
    </>
  );
}

function ExpectedColumns({ own, onExpected }: Pick<RowsCardProps, "own" | "onExpected">) {
  const { table, expectedColumns } = own;
  const fed = table.columns.filter((column) => !expectedColumns.includes(column));
  return (
    <fieldset className={styles["fields"]}>
      <legend>Which columns hold the expected answer?</legend>
      <div className={styles["ticks"]}>
        {table.columns.map((column) => (
          <label key={column}>
            <input
              type="checkbox"
              checked={expectedColumns.includes(column)}
              onChange={({ target }) =>
                onExpected(
                  table.columns.filter((other) =>
                    other === column ? target.checked : expectedColumns.includes(other),
                  ),
                )
              }
            />
            {column}
          </label>
        ))}
      </div>
      <p className={styles["note"]}>
        {fed.length === 0
          ? "No column is left for the prompts."
          : `For the prompts: ${fed.map((column) => `{{${column}}}`).join(", ")}.`}
      </p>
    </fieldset>
  );
}

const numShown = 5;

function Preview({ own: { table } }: { own: WorkloadDefinition }) {
  const columns = table.columns.slice(0, 12);
  return (
    <DataTable<OwnRow>
      caption="The first rows"
      columns={[
        { key: "line", header: "line", align: "right", cell: ({ line }) => line },
        ...columns.map((column) => ({
          key: `column ${column}`,
          header: column,
          cell: ({ values }: OwnRow) => <span className={styles["cell"]}>{values[column] ?? "–"}</span>,
        })),
      ]}
      rows={table.rows.slice(0, numShown)}
      rowKey={(_, index) => index}
    />
  );
}
