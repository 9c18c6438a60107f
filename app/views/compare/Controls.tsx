import type { CompareReport } from "../../lab/experiments/compare/report.ts";
import { compareFigures } from "../../lab/experiments/compare/figures.ts";
import { reportMarkdown } from "../../lab/reports/markdown.ts";
import type { WorkloadDefinition } from "../../lab/workloads/own/definition.ts";
import { mostRows, rowChoices, type Choice } from "../../store/comparison-choice.ts";
import type { WorkloadInfo } from "../../store/workload-info.ts";
import { useEngine } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { download } from "../../ui/download.ts";
import { FieldGrid, Select } from "../../ui/Fields.tsx";
import { Fields, Fold, Note, Row } from "../../ui/layout.tsx";
import styles from "./compare.module.css";
import { Prices } from "./Prices.tsx";

interface ControlsProps {
  choice: Choice;
  infos: readonly WorkloadInfo[];
  info: WorkloadInfo;
  disabled: boolean;
  onChange: (choice: Choice) => void;
}

/** What the next run does. A plan cannot be compared with itself: choosing it swaps the two. */
export function Controls({ choice, infos, info, disabled, onChange }: ControlsProps) {
  const { from, to } = choice;
  const plans = info.plans.map(({ id, title }) => ({ value: id, label: title }));
  return (
    <Fields label="What to compare" disabled={disabled}>
      <FieldGrid>
        <Select
          label="Workload"
          value={info.id}
          options={infos.map(({ id, title }) => ({ value: id, label: title }))}
          onChange={(workload) => onChange({ ...choice, workload, also: [] })}
        />
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
          help="The same rows for the same choice: held-out ones of a built-in workload, a random draw from your own. More rows, narrower intervals."
          value={choice.rows}
          options={rowChoices(info).map((rows) => ({ value: rows, label: rowsLabel(rows, info) }))}
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
      <Row gap="medium" align="start">
        <MorePlans choice={choice} info={info} onChange={onChange} />
        <Prices />
        <p className={styles["own"]}>
          {info.own === null ? "" : `${rowsNote(info.own)} `}
          <a href="#/plans">
            {info.own === null ? "Compare your own rows and prompts" : "Edit rows and plans"}
          </a>
        </p>
      </Row>
      <FreeAnswers choice={choice} info={info} />
      <WarmCache />
    </Fields>
  );
}

/** Plans that want their answers held to a schema, on an engine that cannot. */
function FreeAnswers({ choice, info }: Pick<ControlsProps, "choice" | "info">) {
  const able = useEngine(({ load }) => load.type !== "ready" || load.capabilities.structuredOutput);
  const chosen = [choice.from, choice.to, ...choice.also];
  const held = info.plans.filter(({ id, hasSchema }) => hasSchema && chosen.includes(id));
  if (able || held.length === 0) return null;
  return (
    <Note>
      This engine cannot hold answers to a JSON Schema: {held.map(({ title }) => title).join(", ")} will
      answer freely, and what does not have the form counts as not parsed.
    </Note>
  );
}

/** A server keeps its cache to itself. */
function WarmCache() {
  const server = useEngine(({ load }) => (load.type === "ready" ? load.model.server : undefined));
  if (server === undefined) return null;
  return (
    <Note>
      The cache of {server} cannot be emptied from here: rows and repeats may find each other&rsquo;s prompts
      in it, so the run counts as warm. Cached tokens are unknown where the server does not tell them.
    </Note>
  );
}

function rowsLabel(rows: Choice["rows"], { own }: WorkloadInfo): string {
  if (rows !== "all") return rows === "1" ? "1 row" : `${rows} rows`;
  const numRows = own?.table.rows.length ?? 0;
  return numRows > mostRows ? `${mostRows} of ${numRows} rows` : `all ${numRows} rows`;
}

function rowsNote({ table }: WorkloadDefinition): string {
  const { rows, problems, source } = table;
  const lines = problems.map(({ line }) => line);
  const shown = lines.slice(0, 5).join(", ") + (lines.length > 5 ? ", …" : "");
  const left = lines.length === 1 ? `Line ${shown} was left out.` : `Lines ${shown} were left out.`;
  return `${rows.length} good rows of ${source || "no file"}. ${lines.length === 0 ? "" : left}`;
}

/** The two that are shown side by side always run; of the others those that are ticked. */
function MorePlans({ choice, info, onChange }: Pick<ControlsProps, "choice" | "info" | "onChange">) {
  const others = info.plans.filter(({ id }) => id !== choice.from && id !== choice.to);
  if (others.length === 0) return null;
  const ticked = others.filter(({ id }) => choice.also.includes(id)).map(({ id }) => id);
  return (
    <Fold summary={ticked.length === 0 ? "More plans in the run" : `${ticked.length} more plans in the run`}>
      <div className={styles["more"]}>
        {others.map(({ id, title }) => (
          <label key={id}>
            <input
              type="checkbox"
              checked={ticked.includes(id)}
              onChange={({ target }) =>
                onChange({
                  ...choice,
                  also: target.checked ? [...ticked, id] : ticked.filter((plan) => plan !== id),
                })
              }
            />
            {title}
          </label>
        ))}
      </div>
    </Fold>
  );
}

/** The report as files, and as Markdown on the clipboard. */
export function Exports({ report }: { report: CompareReport }) {
  return (
    <>
      <Button onClick={() => download("compare.json", "application/json", JSON.stringify(report, null, 1))}>
        Export JSON
      </Button>
      <CopyButton label="Copy Markdown" text={() => reportMarkdown(report, compareFigures(report))} />
    </>
  );
}
