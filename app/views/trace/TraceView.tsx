import { useMemo, useState } from "react";

import type { TimeWindow } from "../../charts/swimlane-layout.ts";
import { TraceChart } from "../../charts/TraceChart.tsx";
import { traceLanes } from "../../charts/trace-spans.ts";
import { around } from "../../charts/trace-window.ts";
import { stepsTrace } from "../../lab/experiments/compare/chrome-trace.ts";
import { useEngine, useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { download } from "../../ui/download.ts";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { Progress } from "../../ui/Progress.tsx";
import { ViewHeader } from "../../ui/ViewHeader.tsx";
import { LatencyCard } from "./LatencyCard.tsx";
import { KernelCard } from "./KernelCard.tsx";
import { RecordCard } from "./RecordCard.tsx";
import { RequestCard } from "./RequestCard.tsx";
import { SumsCard } from "./SumsCard.tsx";
import styles from "./trace.module.css";
import { TraceLegend } from "./TraceLegend.tsx";
import { useLastRun } from "./use-last-run.ts";
import { useRecorder } from "./use-recorder.ts";

/** Where the time of each step goes: CPU, GPU, queue, and each request's way through the steps. */
export function TraceView() {
  const { engine, lab } = useServices();
  const load = useEngine((state) => state.load);
  const steps = useLastRun();
  const recorder = useRecorder();
  const [shown, setShown] = useState<TimeWindow | null>(null);
  const [selection, setSelection] = useState<TimeWindow | null>(null);
  const [activeStep, setActiveStep] = useState<number | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const lanes = useMemo(() => traceLanes(steps), [steps]);
  const lane = chosen !== null && lanes.includes(chosen) ? chosen : (lanes[0] ?? "");
  const first = steps[0];
  const last = steps.at(-1);
  const endMs = first === undefined || last === undefined ? 0 : last.startMs - first.startMs + last.totalMs;
  const showStep = (index: number) => {
    const step = steps[index];
    if (step === undefined || first === undefined) return;
    const fromMs = step.startMs - first.startMs;
    setActiveStep(index);
    setShown(around(fromMs, fromMs + step.totalMs, endMs));
  };
  const exportTrace = async () => {
    const environment: Record<string, string> = {};
    for (const [key, value] of Object.entries(await lab.environment())) environment[key] = String(value);
    download("inferscope-trace.json", "application/json", JSON.stringify(stepsTrace(steps, environment)));
  };
  return (
    <div className={styles["view"]}>
      <ViewHeader
        question="Where does the time of each step go?"
        sub="The engine's last run, whichever view caused it: what CPU and GPU did in each step, and who waited."
        actions={
          steps.length > 0 && (
            <Button disabled={recorder.running} onClick={() => void exportTrace()}>
              Export Chrome trace
            </Button>
          )
        }
      />
      {load.type === "loading" && (
        <Card>
          <Progress
            label={load.label}
            progress={load.progress}
            onCancel={() => engine.actions.cancelLoad()}
          />
        </Card>
      )}
      <RecordCard recorder={recorder} />
      {steps.length === 0 ? (
        <Card>
          <EmptyState title="No step yet">
            <p>
              Record a prompt above, or run something in <a href="#/playground">Playground</a>,{" "}
              <a href="#/compare">Compare</a> or <a href="#/batch">Batch</a> and come back: its steps are
              kept.
            </p>
          </EmptyState>
        </Card>
      ) : (
        <>
          <Card>
            <TraceChart
              {...{ steps, selection, activeStep }}
              window={shown}
              onWindow={setShown}
              onSelection={setSelection}
              onActiveStep={setActiveStep}
            />
            <TraceLegend
              window={shown}
              onWindow={setShown}
              endMs={endMs}
              hasGpu={steps.some(({ gpuMs }) => gpuMs !== null)}
              hasMasks={steps.some(({ maskMs }) => maskMs > 0)}
            />
          </Card>
          <div className={styles["columns"]}>
            <SumsCard {...{ steps, selection, activeStep }} />
            <RequestCard {...{ steps, lane, activeStep }} onLane={setChosen} onStep={showStep} />
          </div>
          <LatencyCard steps={steps} lane={lane} />
        </>
      )}
      <KernelCard recorder={recorder} />
    </div>
  );
}
