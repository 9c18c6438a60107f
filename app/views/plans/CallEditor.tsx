import { useState } from "react";

import { ownLimits, type CallDefinition } from "../../lab/workloads/own/definition.ts";
import { Button } from "../../ui/Button.tsx";
import { CommitField, FieldGrid, NumberField, Switch, TextArea } from "../../ui/Fields.tsx";
import { formatStopStrings, parseStopStrings } from "../../ui/stop-strings.ts";
import { Tag } from "../../ui/Tag.tsx";
import type { ProblemAt } from "./derive.ts";
import styles from "./plans.module.css";

interface CallEditorProps {
  call: CallDefinition;
  number: number;
  isLast: boolean;
  /** Calls whose answers it needs. */
  after: readonly string[];
  /** What its schema begins as. */
  newSchema: string;
  /** "plans/ID/calls/INDEX" */
  place: string;
  problemAt: ProblemAt;
  onChange: (call: CallDefinition) => void;
  onRename: (id: string) => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}

/** One call to the model: what it is asked, and how its answer is decoded. */
export function CallEditor(props: CallEditorProps) {
  const { call, number, isLast, after, place, problemAt, onChange, onMove, onRemove } = props;
  return (
    <section className={styles["call"]} aria-label={`Call ${number}`}>
      <header>
        <h3>Call {number}</h3>
        <Tag>{after.length === 0 ? "starts at once" : `waits for ${after.join(" and ")}`}</Tag>
        <div className={styles["buttons"]}>
          <Button
            size="small"
            variant="ghost"
            disabled={number === 1}
            onClick={() => onMove(-1)}
            aria-label={`Call ${number} up`}
          >
            Up
          </Button>
          <Button
            size="small"
            variant="ghost"
            disabled={isLast}
            onClick={() => onMove(1)}
            aria-label={`Call ${number} down`}
          >
            Down
          </Button>
          <Button size="small" variant="ghost" onClick={onRemove} aria-label={`Remove call ${number}`}>
            Remove
          </Button>
        </div>
      </header>
      <div className={styles["two"]}>
        <TextArea
          label="System message"
          help="Left out where it is empty. {{column}} stands for the row's value, {{call}} for the answer of an earlier call."
          value={call.system}
          problem={problemAt(`${place}/system`)}
          onChange={(system) => onChange({ ...call, system })}
        />
        <TextArea
          label="User message"
          help="{{column}} stands for the row's value, {{call}} for the answer of an earlier call."
          value={call.user}
          problem={problemAt(`${place}/user`)}
          onChange={(user) => onChange({ ...call, user })}
        />
      </div>
      <Decoding {...props} />
      <Schema {...props} />
    </section>
  );
}

/** The form of the answer. Its text is kept as it is, right or wrong; a wrong one cannot run. */
function Schema({ call, newSchema, place, problemAt, onChange }: CallEditorProps) {
  const { schema, ...free } = call;
  return (
    <>
      <Switch
        label="Hold the answer to a JSON Schema"
        checked={schema !== undefined}
        onChange={(held) => onChange(held ? { ...free, schema: newSchema } : free)}
      />
      {schema !== undefined && (
        <>
          <TextArea
            label="JSON Schema of the answer"
            help="Properties come in the schema's order. An answer that Max tokens cuts off is incomplete."
            rows={8}
            value={schema}
            problem={problemAt(`${place}/schema`)}
            onChange={(next) => onChange({ ...free, schema: next })}
          />
          <p className={styles["note"]}>
            A grammar says before each token which may come. An engine that cannot do that answers freely, and
            Compare says so.
          </p>
        </>
      )}
    </>
  );
}

function Decoding({ call, place, problemAt, onChange, onRename }: CallEditorProps) {
  const [stopProblem, setStopProblem] = useState<string | null>(null);
  const idProblem = problemAt(`${place}/id`);
  return (
    <>
      <FieldGrid>
        <CommitField
          label="Name"
          help="{{name}} in a later call stands for this call's answer."
          value={call.id}
          inputMode="text"
          invalid={idProblem !== null}
          onCommit={onRename}
        />
        <NumberField
          label="Max tokens"
          value={call.maxTokens}
          min={1}
          max={ownLimits.maxTokens}
          onChange={(maxTokens) => onChange({ ...call, maxTokens })}
        />
        <NumberField
          label="Temperature"
          help="0 is greedy. Above it, repeats are different draws."
          value={call.temperature}
          min={0}
          max={2}
          step={0.1}
          onChange={(temperature) => onChange({ ...call, temperature })}
        />
        <CommitField
          label="Stop at"
          help="Strings that end the answer, separated by |; \n is a line break."
          value={formatStopStrings(call.stop)}
          inputMode="text"
          invalid={stopProblem !== null}
          onCommit={(text) => {
            const parsed = parseStopStrings(text);
            setStopProblem(parsed.problem);
            if (parsed.problem === null) onChange({ ...call, stop: parsed.stop });
          }}
        />
      </FieldGrid>
      {(idProblem ?? stopProblem) !== null && (
        <p className={styles["problem"]} role="alert">
          {idProblem ?? stopProblem}
        </p>
      )}
    </>
  );
}
