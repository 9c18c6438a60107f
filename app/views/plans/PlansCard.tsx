import { useState } from "react";

import { builtInWorkloads as workloads } from "../../lab/workloads/built-in/index.ts";
import {
  ownLimits,
  type PlanDefinition,
  type WorkloadDefinition,
} from "../../lab/workloads/own/definition.ts";
import { freeId, newPlan, planOf } from "../../lab/workloads/own/starter.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Select } from "../../ui/Fields.tsx";
import { withPlan, type ProblemAt } from "./derive.ts";
import { PlanEditor } from "./PlanEditor.tsx";
import styles from "./plans.module.css";

interface PlansCardProps {
  own: WorkloadDefinition;
  problemAt: ProblemAt;
  onChange: (own: WorkloadDefinition, undo?: string) => void;
}

/** The plans of a workload, one of them open. */
export function PlansCard({ own, problemAt, onChange }: PlansCardProps) {
  const { plans } = own;
  const [openId, setOpenId] = useState<string | null>(null);
  const open = plans.find(({ id }) => id === openId) ?? plans[0] ?? null;
  const add = (plan: PlanDefinition) => {
    const added = { ...plan, id: freeId(plans, plan.id) };
    onChange({ ...own, plans: [...plans, added] });
    setOpenId(added.id);
  };
  const full = plans.length >= ownLimits.plans;
  return (
    <Card title="Plans" tag={plans.length === 1 ? "1 plan" : `${plans.length} plans`}>
      <div className={styles["bar"]}>
        {open !== null && (
          <>
            <Select
              label="Open"
              value={open.id}
              options={plans.map(({ id, title }) => ({ value: id, label: title }))}
              onChange={setOpenId}
            />
            <Button
              disabled={full}
              onClick={() => add({ ...open, title: `${open.title}, copy`.slice(0, 200) })}
            >
              Copy this plan
            </Button>
            <Button
              variant="ghost"
              onClick={() =>
                onChange(
                  { ...own, plans: plans.filter((plan) => plan !== open) },
                  `The plan “${open.title}” was removed.`,
                )
              }
            >
              Remove it
            </Button>
          </>
        )}
        <Button
          disabled={full}
          onClick={() => add(newPlan("plan", "New plan", "", { system: "", user: "", maxTokens: 64 }))}
        >
          Add a plan
        </Button>
      </div>
      <FromBuiltIn disabled={full} onAdd={add} />
      {problemAt("plans") !== null && <p className={styles["problem"]}>{problemAt("plans")}</p>}
      {open !== null && (
        <PlanEditor
          key={open.id}
          own={own}
          plan={open}
          problemAt={problemAt}
          onChange={(plan, undo) => onChange(withPlan(own, plan), undo)}
        />
      )}
    </Card>
  );
}

const builtIn = workloads.flatMap((workload) =>
  workload.plans.map((plan) => ({
    value: `${workload.id}/${plan.id}`,
    label: `${workload.title}: ${plan.title}`,
    make: () => planOf(workload, plan),
  })),
);

/** A built-in plan as the start of one's own. */
function FromBuiltIn({ disabled, onAdd }: { disabled: boolean; onAdd: (plan: PlanDefinition) => void }) {
  const [value, setValue] = useState(builtIn[0]?.value ?? "");
  return (
    <details>
      <summary className={styles["note"]}>Add a copy of a built-in plan</summary>
      <div className={styles["bar"]}>
        <Select label="Built-in plan" value={value} options={builtIn} onChange={setValue} />
        <Button
          disabled={disabled}
          onClick={() => {
            const chosen = builtIn.find((plan) => plan.value === value);
            if (chosen !== undefined) onAdd(chosen.make());
          }}
        >
          Add the copy
        </Button>
      </div>
    </details>
  );
}
