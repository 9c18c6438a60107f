import { defaultLoad, loadProblem, type LoadSettings } from "../../lab/load/load.ts";
import { useBatchForm, useServices } from "../../store/services.tsx";
import { CommitField, FieldGrid, Select } from "../../ui/Fields.tsx";
import { Card } from "../../ui/Card.tsx";
import styles from "./batch.module.css";

const sources = [
  { value: "mixed", label: "Users, emails" },
  { value: "user-analysis", label: "User analysis" },
  { value: "email-extraction", label: "Email extraction" },
  { value: "prompt", label: "Own prompt" },
] as const;
const arrivals = [
  { value: "burst", label: "Burst" },
  { value: "poisson", label: "Poisson" },
  { value: "fixed", label: "Fixed rate" },
] as const;
const lengths = [
  { value: "natural", label: "As they end" },
  { value: "mixed", label: "Mixed" },
  { value: "same", label: "All equal" },
] as const;

/** Which requests the next run sends, and when. */
export function LoadForm({ disabled }: { disabled: boolean }) {
  const { batch } = useServices();
  const load = useBatchForm();
  const set = (change: Partial<LoadSettings>) => batch.setState(change);
  const problem = loadProblem(load);
  const number = (
    key: "numRequests" | "maxTokens" | "ratePerSecond" | "seed",
    label: string,
    help: string,
  ) => (
    <CommitField
      label={label}
      help={help}
      value={String(load[key])}
      inputMode={key === "ratePerSecond" ? "decimal" : "numeric"}
      invalid={loadProblem({ ...defaultLoad, [key]: load[key] }) !== null}
      onCommit={(text) => set({ [key]: text.trim() === "" ? Number.NaN : Number(text) })}
    />
  );
  return (
    <Card title="Requests">
      <fieldset className={styles["fields"]} disabled={disabled} aria-label="Requests">
        <FieldGrid>
          <Select
            label="Prompts from"
            help="Held-out rows of the lab's workloads, the same for the same seed"
            value={load.source}
            options={sources}
            onChange={(source) => set({ source })}
          />
          {number("numRequests", "Requests", "How many are sent, 1 to 200")}
          <Select
            label="Arrivals"
            help="Burst: all at once. Poisson: random gaps with this mean rate. Fixed rate: equal gaps."
            value={load.arrivals}
            options={arrivals}
            onChange={(kind) => set({ arrivals: kind })}
          />
          {load.arrivals !== "burst" && number("ratePerSecond", "Rate, a second", "Requests a second")}
          <Select
            label="Output lengths"
            help="Until the model ends its answer; or exactly so many tokens, past its end: drawn from max / 8 to max, or all the same"
            value={load.lengths}
            options={lengths}
            onChange={(kind) => set({ lengths: kind })}
          />
          {number("maxTokens", "Max tokens", "Output tokens of one request at most")}
          {number("seed", "Seed", "Of rows, arrival times and drawn lengths")}
        </FieldGrid>
        {load.source === "prompt" && (
          <label className={styles["prompt"]}>
            <span>
              Prompt, <code>{"{{n}}"}</code> becomes the request&rsquo;s number
            </span>
            <textarea
              rows={3}
              value={load.prompt}
              onChange={(event) => set({ prompt: event.target.value })}
            />
          </label>
        )}
      </fieldset>
      {problem !== null && (
        <p className={styles["problem"]} role="alert">
          Nothing can be sent: {problem}.
        </p>
      )}
    </Card>
  );
}
