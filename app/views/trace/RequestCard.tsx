import { lazy, Suspense, useMemo, useState } from "react";

import type { StepTrace } from "../../../protocol/index.ts";
import { ItlHistogram } from "../../charts/ItlHistogram.tsx";
import { traceLanes } from "../../charts/trace-spans.ts";
import { TtftSplit } from "../../charts/TtftSplit.tsx";
import { Card } from "../../ui/Card.tsx";
import { cx } from "../../ui/cx.ts";
import { Select, Switch } from "../../ui/Fields.tsx";
import { formatMs } from "../../ui/format.ts";
import { allGapsMs, requestTokens } from "./derive.ts";
import styles from "./trace.module.css";

/** The charting library comes with the first run that is shown. */
const ItlChart = lazy(async () => ({ default: (await import("../../charts/ItlChart.tsx")).ItlChart }));

interface RequestCardProps {
  steps: readonly StepTrace[];
  activeStep: number | null;
  onStep: (index: number) => void;
}

const mostTokens = 400;

/** One request: its tokens, each leading to its step, and its latencies. */
export function RequestCard({ steps, activeStep, onStep }: RequestCardProps) {
  const lanes = useMemo(() => traceLanes(steps), [steps]);
  const [pooled, setPooled] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const lane = chosen !== null && lanes.includes(chosen) ? chosen : (lanes[0] ?? "");
  const { tokens, gapsMs, prefillMs } = useMemo(() => requestTokens(steps, lane), [steps, lane]);
  const shownGaps = useMemo(
    () => (pooled && lanes.length > 1 ? allGapsMs(steps) : gapsMs),
    [pooled, lanes, steps, gapsMs],
  );
  return (
    <Card title="Tokens of a request" tag={`${tokens.length} tokens`}>
      <Select
        label="Request"
        value={lane}
        options={lanes.map((value) => ({ value, label: value }))}
        onChange={setChosen}
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
      <Suspense fallback={null}>
        <ItlChart itlMs={gapsMs} />
      </Suspense>
      {lanes.length > 1 && (
        <Switch
          label={`Histogram of all ${lanes.length} requests`}
          help="The gaps of all requests of the run, pooled"
          checked={pooled}
          onChange={setPooled}
        />
      )}
      <ItlHistogram itlMs={shownGaps} />
    </Card>
  );
}
