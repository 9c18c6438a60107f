import { useMemo } from "react";

import type { StepTrace } from "../../../protocol/index.ts";
import { traceLanes } from "../../charts/trace-spans.ts";
import { TtftSplit } from "../../charts/TtftSplit.tsx";
import { Card } from "../../ui/Card.tsx";
import { cx } from "../../ui/cx.ts";
import { Select } from "../../ui/Fields.tsx";
import { formatMs } from "../../lab/format.ts";
import { requestTokens } from "./derive.ts";
import styles from "./trace.module.css";

interface RequestCardProps {
  steps: readonly StepTrace[];
  /** The request, and which of its samples. */
  lane: string;
  onLane: (lane: string) => void;
  activeStep: number | null;
  onStep: (index: number) => void;
}

const mostTokens = 400;

/** One request: its tokens, each leading to its step, and what its first one took. */
export function RequestCard({ steps, lane, onLane, activeStep, onStep }: RequestCardProps) {
  const { tokens, gapsMs, prefillMs } = useMemo(() => requestTokens(steps, lane), [steps, lane]);
  return (
    <Card title="Tokens of a request" tag={`${tokens.length} tokens`}>
      <Select
        label="Request"
        value={lane}
        options={traceLanes(steps).map((value) => ({ value, label: value }))}
        onChange={onLane}
      />
      <div className={styles["tokens"]} role="group" aria-label={`Tokens of ${lane}`}>
        {tokens.slice(0, mostTokens).map(({ text, step, ms }, index) => (
          <button
            key={index}
            type="button"
            className={cx(styles["token"], step === activeStep && styles["active"])}
            title={`token ${index}, step ${steps[step]?.step ?? step}, ${formatMs(ms)}`}
            aria-pressed={step === activeStep}
            onClick={() => onStep(step)}
          >
            {text === "" ? "∅" : text.replaceAll("\n", "↵")}
          </button>
        ))}
      </div>
      {tokens.length > mostTokens && <p className={styles["note"]}>The first {mostTokens} are shown.</p>}
      <TtftSplit
        queueMs={null}
        prefillMs={prefillMs}
        firstDecodeMs={gapsMs[0] ?? null}
        note="From the request's first step; what it waited before is in no step."
      />
    </Card>
  );
}
