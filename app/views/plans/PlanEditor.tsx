import type {
  CallDefinition,
  PlanDefinition,
  WorkloadDefinition,
} from "../../lab/workloads/own/definition.ts";
import { ownLimits } from "../../lab/workloads/own/definition.ts";
import { renameCall } from "../../lab/workloads/own/placeholders.ts";
import { fieldsOf } from "../../lab/workloads/own/problems.ts";
import { starterSchema } from "../../lab/workloads/own/starter.ts";
import { callOrder } from "../../lab/workloads/own/workload-of.ts";
import { Button } from "../../ui/Button.tsx";
import { FieldGrid, Switch, TextField } from "../../ui/Fields.tsx";
import { CallEditor } from "./CallEditor.tsx";
import { ChecksEditor } from "./ChecksEditor.tsx";
import { moved, nextCall, replaced, without, type ProblemAt } from "./derive.ts";
import { ParserFields } from "./ParserFields.tsx";
import styles from "./plans.module.css";

interface PlanEditorProps {
  own: WorkloadDefinition;
  plan: PlanDefinition;
  problemAt: ProblemAt;
  /** `undo`: what a person may want back: "A call was removed." */
  onChange: (plan: PlanDefinition, undo?: string) => void;
}

/** One prompt plan: its calls in order, how the answer is read, and checks of its own. */
export function PlanEditor({ own, plan, problemAt, onChange }: PlanEditorProps) {
  const { calls } = plan;
  const place = `plans/${plan.id}`;
  const after = callOrder(plan);
  return (
    <>
      <FieldGrid>
        <TextField
          label="Plan"
          value={plan.title}
          problem={problemAt(`${place}/title`)}
          onChange={(title) => onChange({ ...plan, title: title.slice(0, 200) })}
        />
        <TextField
          label="What it does"
          value={plan.description}
          onChange={(description) => onChange({ ...plan, description: description.slice(0, 1000) })}
        />
      </FieldGrid>
      {calls.map((call, index) => (
        <CallEditor
          key={index}
          call={call}
          number={index + 1}
          isLast={index === calls.length - 1}
          after={after[index] ?? []}
          newSchema={starterSchema(plan, call.id)}
          place={`${place}/calls/${index}`}
          problemAt={problemAt}
          onChange={(next) => onChange({ ...plan, calls: replaced(calls, index, limited(next)) })}
          onRename={(id) => onChange(renameCall(plan, call.id, id.trim().slice(0, 200)))}
          onMove={(by) => onChange({ ...plan, calls: moved(calls, index, by) })}
          onRemove={() =>
            onChange({ ...plan, calls: without(calls, index) }, `Call ${index + 1} was removed.`)
          }
        />
      ))}
      {problemAt(place) !== null && <p className={styles["problem"]}>{problemAt(place)}</p>}
      <div className={styles["buttons"]}>
        <Button
          size="small"
          disabled={calls.length >= ownLimits.calls}
          onClick={() => onChange({ ...plan, calls: [...calls, nextCall(calls)] })}
        >
          Add a call
        </Button>
      </div>
      <ParserFields plan={plan} problemAt={problemAt} onChange={(parser) => onChange({ ...plan, parser })} />
      <Switch
        label="Checks of its own"
        checked={plan.checks !== null}
        onChange={(has) => onChange({ ...plan, checks: has ? own.checks : null })}
      />
      {plan.checks !== null && (
        <ChecksEditor
          checks={plan.checks}
          place={`${place}/checks`}
          problemAt={problemAt}
          fields={fieldsOf(plan)}
          column={own.expectedColumns[0]}
          onChange={(checks) => onChange({ ...plan, checks: checks.slice(0, ownLimits.checks) })}
        />
      )}
    </>
  );
}

/** What is longer than can be kept is cut, as a field of limited length would. */
const limited = (call: CallDefinition): CallDefinition => ({
  ...call,
  system: call.system.slice(0, ownLimits.templateCharacters),
  user: call.user.slice(0, ownLimits.templateCharacters),
  ...(call.schema === undefined ? {} : { schema: call.schema.slice(0, ownLimits.templateCharacters) }),
});
