import type { StepId } from "../../lab/tokens/compress.ts";
import { promptText } from "../../lab/tokens/sections.ts";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { Switch } from "../../ui/Fields.tsx";
import { formatSigned } from "../../lab/format.ts";
import type { CountedTexts, StepRow } from "./derive.ts";
import styles from "./tokens.module.css";

interface CompressionStepsProps {
  rows: readonly StepRow[];
  counted: CountedTexts;
  onToggle: (id: StepId, on: boolean) => void;
}

/** Each step with its switch, what it saves and every replacement it makes. */
export function CompressionSteps({ rows, counted, onToggle }: CompressionStepsProps) {
  const result = promptText(counted.steps.at(-1)?.sections ?? []);
  return (
    <>
      <ol className={styles["steps"]}>
        {rows.map(({ applied: { step, enabled, edits }, delta }) => (
          <li key={step.id}>
            <div className={styles["step"]}>
              <Switch
                label={step.title}
                help={step.description}
                checked={enabled}
                onChange={(on) => onToggle(step.id, on)}
              />
              <b>{enabled ? formatSigned(delta, delta === null ? "" : " tokens", 6) : "off"}</b>
            </div>
            {edits.length === 0 ? (
              <p className={styles["note"]}>Nothing to change here.</p>
            ) : (
              <details>
                <summary>
                  {edits.length} {edits.length === 1 ? "change" : "changes"}
                  {enabled ? "" : " it would make"}
                </summary>
                <ul className={styles["edits"]}>
                  {edits.map(({ section, from, to }, index) => (
                    <li key={index}>
                      <span className={styles["note"]}>{section}</span> <del>{from}</del>{" "}
                      {to === "" ? <i>taken away</i> : <ins>{to}</ins>}
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </li>
        ))}
      </ol>
      <div className={styles["step"]}>
        <p className={styles["note"]}>
          Deltas are of the tokenizer chosen below. Whether the answers stay right is not a question of
          tokens.
        </p>
        <CopyButton label="Copy the result" text={() => result} />
      </div>
    </>
  );
}
