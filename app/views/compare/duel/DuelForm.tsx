import { engineTitles, type EngineId } from "../../../lab/experiments/duel/report.ts";
import type { WorkloadInfo } from "../../../store/workload-info.ts";
import { FieldGrid, Select, TextField } from "../../../ui/Fields.tsx";
import styles from "../compare.module.css";
import type { DuelForm as DuelSettings } from "../../../store/duel-form.ts";

interface DuelFormProps {
  settings: DuelSettings;
  infos: readonly WorkloadInfo[];
  info: WorkloadInfo;
  disabled: boolean;
  onChange: (change: Partial<DuelSettings>) => void;
}

const engines = (Object.keys(engineTitles) as readonly EngineId[]).map((id) => ({
  value: id,
  label: engineTitles[id],
}));

/** What the next duel does. An engine cannot meet itself: choosing it swaps the two. */
export function DuelForm({ settings, infos, info, disabled, onChange }: DuelFormProps) {
  const { from, to, model, otherModel } = settings;
  return (
    <fieldset className={styles["controls"]} disabled={disabled} aria-label="What meets what">
      <FieldGrid>
        <Select
          label="Engine A"
          value={from}
          options={engines}
          onChange={(next) => onChange({ from: next, to: next === to ? from : to })}
        />
        <Select
          label="Engine B"
          value={to}
          options={engines}
          onChange={(next) => onChange({ to: next, from: next === from ? to : from })}
        />
        <TextField
          label="Model"
          help="A bundled model (scope-2m-q4f16_1, scope-2m-q0f16), an id of WebLLM's list, or the address of a folder in MLC format. WebLLM loads models of its list only; the Inferscope engine finds the same files."
          value={model}
          problem={model.trim() === "" ? "Name a model." : null}
          onChange={(next) => onChange({ model: next })}
        />
        <TextField
          label="Model of B, if another"
          value={otherModel}
          placeholder="the same"
          onChange={(next) => onChange({ otherModel: next })}
        />
        <Select
          label="Workload"
          value={info.id}
          options={infos.map(({ id, title }) => ({ value: id, label: title }))}
          onChange={(workload) => onChange({ workload })}
        />
        <Select
          label="Plan"
          value={settings.plan}
          options={info.plans.map(({ id, title }) => ({ value: id, label: title }))}
          onChange={(plan) => onChange({ plan })}
        />
        <Select
          label="Rows"
          value={settings.rows}
          options={[
            { value: "1", label: "1 row" },
            { value: "5", label: "5 rows" },
            { value: "20", label: "20 rows" },
          ]}
          onChange={(rows) => onChange({ rows })}
        />
        <Select
          label="Passes"
          help="How often each engine answers all rows. The order is A B, B A, …: what drifts with time hits both alike."
          value={settings.passes}
          options={[
            { value: "1", label: "1: A B" },
            { value: "2", label: "2: A B B A" },
            { value: "4", label: "4: A B B A A B B A" },
          ]}
          onChange={(passes) => onChange({ passes })}
        />
      </FieldGrid>
      <ModelNote settings={settings} />
    </fieldset>
  );
}

/** Said before a run that would only end in an error. */
function ModelNote({ settings: { from, to, model, otherModel } }: { settings: DuelSettings }) {
  const ofWebLlm = from === "web-llm" ? model : to === "web-llm" ? otherModel || model : null;
  if (ofWebLlm === null || ofWebLlm.endsWith("-MLC")) return null;
  return (
    <p className={styles["note"]} role="note">
      WebLLM runs models of its own list, such as SmolLM2-360M-Instruct-q4f32_1-MLC, which it downloads. “
      {ofWebLlm}” is none of them, so its side will end in an error.
    </p>
  );
}
