import { useState } from "react";

import { defaultSeed } from "../../lab/workloads/built-in/index.ts";
import { ownLimits } from "../../lab/workloads/own/definition.ts";
import type { PlanCall, Row, Workload } from "../../lab/workloads/workload.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { Select } from "../../ui/Fields.tsx";
import { Tag } from "../../ui/Tag.tsx";
import styles from "./plans.module.css";

interface BuiltInCardProps {
  workload: Workload;
  onCopy: (planIds: readonly string[]) => void;
}

/** A built-in workload to look at, and to copy: it does not change itself. */
export function BuiltInCard({ workload, onCopy }: BuiltInCardProps) {
  const { plans } = workload;
  const [openId, setOpenId] = useState<string | null>(null);
  const open = plans.find(({ id }) => id === openId) ?? plans[0];
  if (open === undefined) return null;
  return (
    <Card title={`Built-in: ${workload.title}`} tag={`${plans.length} plans`}>
      <div className={styles["bar"]}>
        <Select
          label="Look at"
          value={open.id}
          options={plans.map(({ id, title }) => ({ value: id, label: title }))}
          onChange={setOpenId}
        />
      </div>
      <p className={styles["note"]}>{open.description}</p>
      {open.calls.map((call, index) => (
        <Call key={call.id} call={call} number={index + 1} />
      ))}
      <Rows workload={workload} />
      <Copying key={workload.id} workload={workload} onCopy={onCopy} />
    </Card>
  );
}

function Call({ call, number }: { call: PlanCall; number: number }) {
  return (
    <section className={styles["call"]} aria-label={`Call ${number}`}>
      <header>
        <h3>
          Call {number}: {call.id}
        </h3>
        <Tag>{call.after.length === 0 ? "starts at once" : `waits for ${call.after.join(" and ")}`}</Tag>
        <Tag>at most {call.maxTokens} tokens</Tag>
      </header>
      <div className={styles["two"]}>
        <div>
          <p className={styles["note"]}>System message</p>
          <pre className={styles["template"]}>{call.system}</pre>
        </div>
        <div>
          <p className={styles["note"]}>User message</p>
          <pre className={styles["template"]}>{call.user}</pre>
        </div>
      </div>
      {call.responseFormat?.type === "json_schema" && (
        <div>
          <p className={styles["note"]}>JSON Schema that the answer is held to</p>
          <pre className={styles["template"]}>{JSON.stringify(call.responseFormat.schema, null, 2)}</pre>
        </div>
      )}
    </section>
  );
}

function Rows({ workload }: { workload: Workload }) {
  const rows = workload.rows(5, defaultSeed);
  const columns = Object.keys(rows[0]?.values ?? {});
  return (
    <DataTable<Row>
      caption={`Rows of ${workload.title}`}
      columns={columns.map((column) => ({
        key: column,
        header: column,
        cell: ({ values }) => <span className={styles["cell"]}>{String(values[column] ?? "")}</span>,
      }))}
      rows={rows}
      rowKey={(_, index) => index}
    />
  );
}

function Copying({ workload: { plans }, onCopy }: BuiltInCardProps) {
  const [ticked, setTicked] = useState(() =>
    plans.slice(0, plans.length > 6 ? 2 : plans.length).map(({ id }) => id),
  );
  return (
    <fieldset className={styles["fields"]}>
      <legend>Copy as the start of your own: 100 rows, and these plans</legend>
      <div className={styles["ticks"]}>
        {plans.map(({ id, title }) => (
          <label key={id}>
            <input
              type="checkbox"
              checked={ticked.includes(id)}
              onChange={({ target }) =>
                setTicked(target.checked ? [...ticked, id] : ticked.filter((plan) => plan !== id))
              }
            />
            {title}
          </label>
        ))}
      </div>
      <div className={styles["buttons"]}>
        <Button
          disabled={ticked.length === 0 || ticked.length > ownLimits.plans}
          onClick={() => onCopy(ticked)}
        >
          {ticked.length === 1 ? "Copy 1 plan" : `Copy ${ticked.length} plans`}
        </Button>
        {ticked.length > ownLimits.plans && (
          <span className={styles["problem"]}>A workload has at most {ownLimits.plans} plans.</span>
        )}
      </div>
    </fieldset>
  );
}
