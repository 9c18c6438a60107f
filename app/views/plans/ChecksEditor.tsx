import type { Check, EvaluatorId } from "../../lab/workloads/own/definition.ts";
import { Button } from "../../ui/Button.tsx";
import { FieldGrid, Select, Switch, TextArea, TextField } from "../../ui/Fields.tsx";
import { newCheck, replaced, without, type ProblemAt } from "./derive.ts";
import styles from "./plans.module.css";

const evaluatorTitles: readonly { value: EvaluatorId; label: string }[] = [
  { value: "exact", label: "is exactly" },
  { value: "contains", label: "contains" },
  { value: "set-f1", label: "is the set (F1)" },
  { value: "regex", label: "matches the pattern" },
  { value: "json-schema", label: "fits the JSON Schema" },
];

const expectedHelp: Readonly<Record<EvaluatorId, string>> = {
  exact: "A text with {{column}}s. White space around it does not count.",
  contains: "A text with {{column}}s that must stand somewhere in the answer.",
  "set-f1":
    "Items separated by commas, in any order; none is the empty set. Right where the sets are equal, F1 is the score.",
  regex: "A regular expression; {{column}}s stand for themselves. ^ and $ for the whole answer.",
  "json-schema": "The answer must be JSON that the schema (draft 2020-12) admits.",
};

interface ChecksEditorProps {
  checks: readonly Check[];
  /** Of the checks' problems: "checks", "plans/ID/checks". */
  place: string;
  problemAt: ProblemAt;
  /** What answers are parsed into. */
  fields: readonly string[];
  /** Column that a new check expects. */
  column: string | undefined;
  onChange: (checks: readonly Check[]) => void;
}

/** What a right answer is: every check must hold. */
export function ChecksEditor({ checks, place, problemAt, fields, column, onChange }: ChecksEditorProps) {
  const problem = problemAt(place);
  return (
    <>
      {checks.map((check, index) => (
        <CheckFields
          key={index}
          title={`Check ${index + 1}`}
          check={check}
          fields={fields}
          problem={problemAt(`${place}/${index}`)}
          onChange={(next) => onChange(replaced(checks, index, next))}
          onRemove={() => onChange(without(checks, index))}
        />
      ))}
      {problem !== null && <p className={styles["problem"]}>{problem}</p>}
      <div className={styles["buttons"]}>
        <Button size="small" onClick={() => onChange([...checks, newCheck(fields[0] ?? "answer", column)])}>
          Add a check
        </Button>
      </div>
    </>
  );
}

interface CheckFieldsProps {
  title: string;
  check: Check;
  fields: readonly string[];
  problem: string | null;
  onChange: (check: Check) => void;
  onRemove: () => void;
}

function CheckFields({ title, check, fields, problem, onChange, onRemove }: CheckFieldsProps) {
  const { field, evaluator, expected, ignoreCase } = check;
  const known = fields.some((name) => name.toLowerCase() === field.toLowerCase())
    ? fields
    : [...fields, field];
  const value = known.find((name) => name.toLowerCase() === field.toLowerCase()) ?? field;
  const text = {
    label: "Expected",
    help: expectedHelp[evaluator],
    value: expected,
    problem,
    onChange: (next: string) => onChange({ ...check, expected: next }),
  };
  return (
    <section className={styles["check"]} aria-label={title}>
      <header>
        <h3>{title}</h3>
        <div className={styles["buttons"]}>
          <Button
            size="small"
            variant="ghost"
            aria-label={`Remove ${title.toLowerCase()}`}
            onClick={onRemove}
          >
            Remove
          </Button>
        </div>
      </header>
      <FieldGrid>
        <Select
          label="Of the answer"
          value={value}
          options={known.map((name) => ({ value: name, label: name }))}
          onChange={(next) => onChange({ ...check, field: next })}
        />
        <Select
          label="It"
          value={evaluator}
          options={evaluatorTitles}
          onChange={(next) => onChange({ ...check, evaluator: next })}
        />
        {evaluator !== "json-schema" && <TextField {...text} />}
      </FieldGrid>
      {evaluator === "json-schema" && <TextArea {...text} rows={6} />}
      {evaluator !== "json-schema" && (
        <Switch
          label="Capitals do not matter"
          checked={ignoreCase}
          onChange={(next) => onChange({ ...check, ignoreCase: next })}
        />
      )}
    </section>
  );
}
