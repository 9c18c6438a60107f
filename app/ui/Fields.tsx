/** Labelled inputs. Native controls: they work with every keyboard, screen reader and phone. */
import { useId, type ReactNode } from "react";

import styles from "./Fields.module.css";
import { Tooltip } from "./Tooltip.tsx";

interface FieldProps {
  label: string;
  /** What it does, on hover of the label. */
  help?: string | undefined;
}

function Label({ label, help, htmlFor }: FieldProps & { htmlFor: string }) {
  const element = <label htmlFor={htmlFor}>{label}</label>;
  return help === undefined ? element : <Tooltip content={help}>{element}</Tooltip>;
}

interface NumberFieldProps extends FieldProps {
  value: number;
  min: number;
  max: number;
  step?: number;
  onChange: (value: number) => void;
}

/** A number within [min, max]; what does not parse or lies outside is not reported. */
export function NumberField({ label, help, value, min, max, step = 1, onChange }: NumberFieldProps) {
  const id = useId();
  return (
    <div className={styles["field"]}>
      <Label label={label} help={help} htmlFor={id} />
      <input
        id={id}
        type="number"
        key={value}
        defaultValue={value}
        min={min}
        max={max}
        step={step}
        onChange={(event) => {
          const next = event.target.valueAsNumber;
          const whole = step % 1 !== 0 || Number.isInteger(next);
          if (Number.isFinite(next) && whole && next >= min && next <= max) onChange(next);
        }}
      />
    </div>
  );
}

/** A range with its value beside it. */
export function Slider({ label, help, value, min, max, step = 1, onChange }: NumberFieldProps) {
  const id = useId();
  return (
    <div className={styles["field"]}>
      <span className={styles["split"]}>
        <Label label={label} help={help} htmlFor={id} />
        <output htmlFor={id}>{value}</output>
      </span>
      <input
        id={id}
        type="range"
        value={value}
        min={min}
        max={max}
        step={step}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
    </div>
  );
}

interface TextFieldProps extends FieldProps {
  value: string;
  placeholder?: string;
  onChange: (value: string) => void;
}

export function TextField({ label, help, value, placeholder, onChange }: TextFieldProps) {
  const id = useId();
  return (
    <div className={styles["field"]}>
      <Label label={label} help={help} htmlFor={id} />
      <input
        id={id}
        type="text"
        value={value}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}

interface SelectProps<Value extends string> extends FieldProps {
  value: Value;
  options: readonly { value: Value; label: string }[];
  onChange: (value: Value) => void;
}

export function Select<Value extends string>({ label, help, value, options, onChange }: SelectProps<Value>) {
  const id = useId();
  return (
    <div className={styles["field"]}>
      <Label label={label} help={help} htmlFor={id} />
      <select
        id={id}
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
    </div>
  );
}

interface SwitchProps extends FieldProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export function Switch({ label, help, checked, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div className={styles["switch"]}>
      <input
        id={id}
        type="checkbox"
        role="switch"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      <Label label={label} help={help} htmlFor={id} />
    </div>
  );
}

/** Fields in as many columns as fit. */
export function FieldGrid({ children }: { children: ReactNode }) {
  return <div className={styles["grid"]}>{children}</div>;
}
