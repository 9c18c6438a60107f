/** Labelled inputs. Native controls: they work with every keyboard, screen reader and phone. */
import { useEffect, useId, useRef, useState, type ReactNode } from "react";

import styles from "./Fields.module.css";
import { numberProblem } from "./number-problem.ts";
import { Tooltip } from "./Tooltip.tsx";

interface FieldProps {
  label: string;
  /** What it does, on hover of the label and when the Tab key leads here. */
  help?: string | undefined;
}

interface FrameProps extends FieldProps {
  htmlFor: string;
  className?: "field" | "switch";
  /** Beside the label. */
  value?: ReactNode;
  children: ReactNode;
}

/** Label and control. The control says its help to screen readers by `aria-description`. */
function Frame({ label, help, htmlFor, className = "field", value, children }: FrameProps) {
  const [shown, setShown] = useState(false);
  const element = <label htmlFor={htmlFor}>{label}</label>;
  const named =
    help === undefined ? (
      element
    ) : (
      <Tooltip content={help} open={shown} onOpenChange={setShown}>
        {element}
      </Tooltip>
    );
  const head =
    value === undefined ? (
      named
    ) : (
      <span className={styles["split"]}>
        {named}
        {value}
      </span>
    );
  return (
    <div
      className={styles[className]}
      // The key is let go in the field that it led to; a click leaves the help closed.
      onKeyUp={(event) => {
        if (event.key === "Tab") setShown(true);
      }}
      onBlur={() => setShown(false)}
    >
      {head}
      {children}
    </div>
  );
}

interface NumberFieldProps extends FieldProps {
  value: number;
  min: number;
  max: number;
  step?: number;
  onChange: (value: number) => void;
}

/** A number within [min, max]; anything else is refused in words, and the value stays as it was. */
export function NumberField({ label, help, value, min, max, step = 1, onChange }: NumberFieldProps) {
  const id = useId();
  // What is being typed; null where it is the value itself.
  const [draft, setDraft] = useState<string | null>(null);
  const problem = draft === null ? null : numberProblem(draft, { min, max, step });
  return (
    <Frame label={label} help={help} htmlFor={id}>
      <input
        id={id}
        aria-description={help}
        type="number"
        value={draft ?? value}
        min={min}
        max={max}
        step={step}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : `${id}-problem`}
        onChange={(event) => {
          setDraft(event.target.value);
          if (numberProblem(event.target.value, { min, max, step }) === null) {
            onChange(event.target.valueAsNumber);
          }
        }}
        onBlur={() => {
          if (problem === null) setDraft(null);
        }}
      />
      {problem !== null && (
        <Problem id={`${id}-problem`}>
          {problem} Still {value}.
        </Problem>
      )}
    </Frame>
  );
}

function Problem({ id, children }: { id: string; children: ReactNode }) {
  return (
    <p id={id} className={styles["problem"]} role="alert">
      {children}
    </p>
  );
}

/** A range with its value beside it. */
export function Slider({ label, help, value, min, max, step = 1, onChange }: NumberFieldProps) {
  const id = useId();
  return (
    <Frame label={label} help={help} htmlFor={id} value={<output htmlFor={id}>{value}</output>}>
      <input
        id={id}
        aria-description={help}
        type="range"
        value={value}
        min={min}
        max={max}
        step={step}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
    </Frame>
  );
}

interface TextFieldProps extends FieldProps {
  value: string;
  /** `password`: what is typed does not show. */
  type?: "text" | "password";
  /** Which keys a phone offers. */
  inputMode?: "numeric" | "decimal" | "text";
  placeholder?: string;
  /** What is wrong with the text, in words; null: nothing. */
  problem?: string | null;
  onChange: (value: string) => void;
  onBlur?: () => void;
}

export function TextField({
  label,
  help,
  value,
  type = "text",
  inputMode = "text",
  placeholder,
  problem = null,
  onChange,
  onBlur,
}: TextFieldProps) {
  const id = useId();
  return (
    <Frame label={label} help={help} htmlFor={id}>
      <input
        id={id}
        aria-description={help}
        type={type}
        inputMode={inputMode}
        value={value}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : `${id}-problem`}
        onChange={(event) => onChange(event.target.value)}
        onBlur={onBlur}
      />
      {problem !== null && <Problem id={`${id}-problem`}>{problem}</Problem>}
    </Frame>
  );
}

interface CommitFieldProps extends FieldProps {
  value: string;
  /** The value as it stands was refused. */
  invalid?: boolean;
  inputMode?: "numeric" | "decimal" | "text";
  onCommit: (value: string) => void;
}

/** A text that is reported when it is done: on Enter, and on leaving the field. */
export function CommitField({
  label,
  help,
  value,
  invalid = false,
  inputMode = "numeric",
  onCommit,
}: CommitFieldProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  // A refused text stays to be corrected; once nothing is refused, the field says what holds.
  useEffect(() => {
    if (!invalid && input.current !== null) input.current.value = value;
  }, [invalid, value]);
  const commit = (text: string) => {
    if (text !== value) onCommit(text);
  };
  return (
    <Frame label={label} help={help} htmlFor={id}>
      <input
        id={id}
        aria-description={help}
        ref={input}
        type="text"
        defaultValue={value}
        inputMode={inputMode}
        autoComplete="off"
        aria-invalid={invalid}
        onBlur={(event) => commit(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit(event.currentTarget.value);
        }}
      />
    </Frame>
  );
}

interface TextAreaProps extends FieldProps {
  value: string;
  rows?: number;
  /** What is wrong with the text, in words; null: nothing. */
  problem?: string | null;
  onChange: (value: string) => void;
}

export function TextArea({ label, help, value, rows = 3, problem = null, onChange }: TextAreaProps) {
  const id = useId();
  return (
    <Frame label={label} help={help} htmlFor={id}>
      <textarea
        id={id}
        aria-description={help}
        rows={rows}
        value={value}
        spellCheck={false}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : `${id}-problem`}
        onChange={(event) => onChange(event.target.value)}
      />
      {problem !== null && <Problem id={`${id}-problem`}>{problem}</Problem>}
    </Frame>
  );
}

interface SelectProps<Value extends string> extends FieldProps {
  value: Value;
  options: readonly { readonly value: Value; readonly label: string }[];
  onChange: (value: Value) => void;
}

export function Select<Value extends string>({ label, help, value, options, onChange }: SelectProps<Value>) {
  const id = useId();
  return (
    <Frame label={label} help={help} htmlFor={id}>
      <select
        id={id}
        aria-description={help}
        value={value}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.target.value);
          if (chosen !== undefined) onChange(chosen.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Frame>
  );
}

interface SwitchProps extends FieldProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export function Switch({ label, help, checked, onChange }: SwitchProps) {
  const id = useId();
  return (
    <Frame label={label} help={help} htmlFor={id} className="switch">
      <input
        id={id}
        aria-description={help}
        type="checkbox"
        role="switch"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
    </Frame>
  );
}

/** Fields in as many columns as fit. */
export function FieldGrid({ children }: { children: ReactNode }) {
  return <div className={styles["grid"]}>{children}</div>;
}
