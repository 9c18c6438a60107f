import type { CompareReport } from "../../lab/report.ts";
import { reportMarkdown } from "../../lab/markdown.ts";
import { userAnalysis } from "../../lab/user-analysis.ts";
import type { Choice } from "../../store/comparison-choice.ts";
import { Button } from "../../ui/Button.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { FieldGrid, Select } from "../../ui/Fields.tsx";
import styles from "./compare.module.css";

interface ControlsProps {
  choice: Choice;
  disabled: boolean;
  onChange: (choice: Choice) => void;
}

const plans = userAnalysis.plans.map(({ id, title }) => ({ value: id, label: title }));

/** What the next run does. A plan cannot be compared with itself: choosing it swaps the two. */
export function Controls({ choice, disabled, onChange }: ControlsProps) {
  const { from, to } = choice;
  return (
    <fieldset className={styles["controls"]} disabled={disabled} aria-label="What to compare">
      <FieldGrid>
        <Select
          label="From"
          value={from}
          options={plans}
          onChange={(next) => onChange({ ...choice, from: next, to: next === to ? from : to })}
        />
        <Select
          label="To"
          value={to}
          options={plans}
          onChange={(next) => onChange({ ...choice, to: next, from: next === from ? to : from })}
        />
        <Select
          label="Rows"
          help="Held-out rows, the same for the same choice. More rows, narrower intervals."
          value={choice.rows}
          options={[
            { value: "1", label: "1 row" },
            { value: "5", label: "5 rows" },
            { value: "20", label: "20 rows" },
          ]}
          onChange={(rows) => onChange({ ...choice, rows })}
        />
        <Select
          label="Repeats"
          help="Each row is answered this often by each plan, in the order A B, B A, …"
          value={choice.repeats}
          options={[
            { value: "1", label: "once" },
            { value: "3", label: "3 times" },
          ]}
          onChange={(repeats) => onChange({ ...choice, repeats })}
        />
      </FieldGrid>
    </fieldset>
  );
}

/** The report as files, and as Markdown on the clipboard. */
export function Exports({ report }: { report: CompareReport }) {
  return (
    <>
      <Button onClick={() => download("compare.json", "application/json", JSON.stringify(report, null, 1))}>
        Export JSON
      </Button>
      <CopyButton label="Copy Markdown" text={() => reportMarkdown(report)} />
    </>
  );
}

function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
