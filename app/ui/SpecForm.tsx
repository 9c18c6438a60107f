/** A form from the options of an experiment: one field each, from the data that also makes the command line. */
import { useId, useState } from "react";

import { assertNever } from "../../protocol/index.ts";
import type { Field, FieldInput } from "../lab/field.ts";
import { FieldGrid, Select, Switch, TextArea, TextField } from "./Fields.tsx";
import { Fields, Fold } from "./layout.tsx";
import { listText, numberText, readList, readNumber } from "./spec-text.ts";
import styles from "./SpecForm.module.css";

interface SpecFormProps {
  /** Names the group of controls. */
  label: string;
  fields: readonly Field[];
  /** By a field's name, as in the options. */
  values: Readonly<Record<string, unknown>>;
  /** Sentences by a field's name: what is wrong with its value. */
  problems?: Readonly<Record<string, string>>;
  disabled?: boolean;
  onChange: (change: Readonly<Record<string, unknown>>) => void;
}

/** Advanced options wait behind a fold, which stands open where one of them is wrong. */
export function SpecForm({
  label,
  fields,
  values,
  problems = {},
  disabled = false,
  onChange,
}: SpecFormProps) {
  // What has a form of its own, or none, is not the matter of this one.
  const shown = fields.filter(({ input }) => input.type !== "other" && input.type !== "policy");
  const advanced = shown.filter(({ isAdvanced }) => isAdvanced);
  const inputs = (some: readonly Field[]) => (
    <FieldGrid>
      {some.map((field) => (
        <SpecField
          key={field.name}
          field={field}
          value={field.name in values ? values[field.name] : field.fallback}
          problem={problems[field.name] ?? null}
          onChange={(value) => onChange({ [field.name]: value })}
        />
      ))}
    </FieldGrid>
  );
  return (
    <Fields label={label} disabled={disabled}>
      {inputs(shown.filter(({ isAdvanced }) => !isAdvanced))}
      {advanced.length > 0 && (
        <Fold
          summary={`More options: ${advanced.map(({ title }) => title.toLowerCase()).join(", ")}`}
          open={advanced.some(({ name }) => problems[name] !== undefined)}
        >
          {inputs(advanced)}
        </Fold>
      )}
    </Fields>
  );
}

interface SpecFieldProps {
  field: Field;
  value: unknown;
  problem: string | null;
  onChange: (value: unknown) => void;
}

function SpecField({ field, value, problem, onChange }: SpecFieldProps) {
  const { input, nullText, unit } = field;
  const label = unit === null ? field.title : `${field.title} (${unit})`;
  const common = { label, help: field.help };
  switch (input.type) {
    case "number":
      return (
        <DraftField
          {...common}
          inputMode={input.isWhole ? "numeric" : "decimal"}
          value={numberText(value)}
          placeholder={nullText ?? ""}
          problem={problem}
          onText={(text) => onChange(readNumber(text, nullText !== null))}
        />
      );
    case "switch":
      return <Switch {...common} checked={value === true} onChange={onChange} />;
    case "choice":
      return (
        <Select
          {...common}
          value={String(value)}
          options={optionsOf(input, nullText)}
          onChange={(next) => onChange(next === "null" && nullText !== null ? null : next)}
        />
      );
    case "text":
      return input.isLong ? (
        <div className={styles["wide"]}>
          <TextArea
            {...common}
            value={typeof value === "string" ? value : ""}
            problem={problem}
            onChange={onChange}
          />
        </div>
      ) : (
        <TextField
          {...common}
          value={typeof value === "string" ? value : ""}
          placeholder={nullText ?? ""}
          problem={problem}
          onChange={(text) => onChange(text === "" && nullText !== null ? null : text)}
        />
      );
    case "list":
      return input.item.type === "choice" ? (
        <CheckBoxes
          {...common}
          choices={input.item.choices}
          value={value}
          problem={problem}
          onChange={onChange}
        />
      ) : (
        <DraftField
          {...common}
          inputMode="text"
          value={listText(value)}
          placeholder=""
          problem={problem}
          onText={(text) => onChange(readList(text, input.item.type === "number"))}
        />
      );
    case "policy":
    case "workload":
    case "other":
      return null;
    default:
      return assertNever(input);
  }
}

interface DraftFieldProps {
  label: string;
  help: string;
  inputMode: "numeric" | "decimal" | "text";
  /** The value as a text, shown unless something is being typed. */
  value: string;
  placeholder: string;
  problem: string | null;
  onText: (text: string) => void;
}

/** A value that is typed as a text: "1." on the way to "1.5" stays as it is typed, and so does what was refused. */
function DraftField({ value, problem, onText, ...rest }: DraftFieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  return (
    <TextField
      {...rest}
      value={draft ?? value}
      problem={problem}
      onChange={(text) => {
        setDraft(text);
        onText(text);
      }}
      onBlur={() => {
        if (problem === null) setDraft(null);
      }}
    />
  );
}

function optionsOf(input: Extract<FieldInput, { type: "choice" }>, nullText: string | null) {
  return nullText === null ? input.choices : [{ value: "null", label: nullText }, ...input.choices];
}

interface CheckBoxesProps {
  label: string;
  help: string;
  choices: readonly { readonly value: string; readonly label: string }[];
  value: unknown;
  problem: string | null;
  onChange: (value: readonly string[]) => void;
}

/** Which of a few; their order is the choices', not that of the clicks. */
function CheckBoxes({ label, help, choices, value, problem, onChange }: CheckBoxesProps) {
  const id = useId();
  const chosen: readonly unknown[] = Array.isArray(value) ? value : [];
  return (
    <div
      role="group"
      aria-label={label}
      aria-description={help}
      aria-describedby={problem === null ? undefined : id}
      className={styles["checks"]}
    >
      <span className={styles["label"]} title={help}>
        {label}
      </span>
      {choices.map((choice) => (
        <label key={choice.value}>
          <input
            type="checkbox"
            checked={chosen.includes(choice.value)}
            onChange={(event) =>
              onChange(
                choices
                  .map(({ value: each }) => each)
                  .filter((each) => (each === choice.value ? event.target.checked : chosen.includes(each))),
              )
            }
          />
          {choice.label}
        </label>
      ))}
      {problem !== null && (
        <p id={id} className={styles["problem"]} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
