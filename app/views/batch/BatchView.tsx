import { Play } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";

import { loadProblem } from "../../lab/batch/load.ts";
import { useBatch, useEngine, useServices } from "../../store/services.tsx";
import type { Batching, BatchRun } from "../../store/batch-store.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { Kpi, KpiRow } from "../../ui/Kpi.tsx";
import { Progress } from "../../ui/Progress.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { ViewHeader } from "../../ui/ViewHeader.tsx";
import styles from "./batch.module.css";
import { batchingNames, engineProblem, loadLine, runFigures, sameBatchHint, verdictText } from "./derive.ts";
import { LoadForm } from "./LoadForm.tsx";
import { LimitsCard } from "./LimitsCard.tsx";
import { limitsSession } from "./limits-session.ts";
import { ModeTable } from "./ModeTable.tsx";
import { PolicyForm } from "./PolicyForm.tsx";
import { RunCard } from "./RunCard.tsx";
import { StepCharts } from "./StepCharts.tsx";
import { SweepCard } from "./SweepCard.tsx";

const allModes: readonly Batching[] = ["continuous", "static", "none"];

/** Many requests at once: what batching does to each of them, step by step, on this device. */
export function BatchView() {
  const services = useServices();
  const { batch, engine } = services;
  const limits = useMemo(() => limitsSession(services), [services]);
  const limitsRun = useStore(limits.store, ({ progress }) => progress !== null);
  const load = useEngine((state) => state.load);
  const runs = useBatch((state) => state.runs);
  const activity = useBatch((state) => state.activity);
  const error = useBatch((state) => state.error);
  const settings = useBatch((state) => state.load);
  const ready = load.type === "ready";
  const problem = ready ? engineProblem(load.capabilities) : null;
  const usable = ready && problem === null;
  const modelId = ready ? load.model.id : null;

  // Another view or a script may have changed the policy; a new model has its own.
  useEffect(() => {
    if (usable) void batch.actions.configure({});
  }, [batch, usable, modelId]);
  // Leaving the view ends the run: nobody sees it any more, and the engine is wanted elsewhere.
  useEffect(
    () => () => {
      batch.actions.cancel();
      limits.cancel();
    },
    [batch, limits],
  );

  const busy = activity !== null || limitsRun;
  const canRun = usable && !busy && loadProblem(settings) === null;
  return (
    <div className={styles["view"]}>
      <ViewHeader
        question="What does batching do to each request?"
        sub={
          verdictText(runs) ??
          "Several requests share one step of the model; each lane is one of them, each bar a step it took part in."
        }
        actions={
          activity !== null ? (
            <Button variant="danger" size="large" onClick={() => batch.actions.cancel()}>
              Cancel
            </Button>
          ) : (
            runs.length > 0 && <RunButtons canRun={canRun} numRequests={settings.numRequests} />
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
      {problem === null ? (
        <>
          <div className={styles["forms"]}>
            <LoadForm disabled={busy} />
            {usable && <PolicyForm disabled={busy} />}
          </div>
          {activity !== null && <ActivityBar {...activity} />}
          {error !== null && <ErrorNotice error={error} />}
          {runs.length === 0 ? (
            <FirstRun canRun={canRun} ready={ready} numRequests={settings.numRequests} />
          ) : (
            <Runs runs={runs} busy={busy} />
          )}
          <SweepCard disabled={!canRun} running={activity?.kind === "sweep"} />
          <LimitsCard disabled={!usable || busy} />
          {ready && load.model.runner === "cpu" && (
            <p className={styles["note"]}>
              <Tag tone="warn">CPU</Tag> Times are the CPU runner&rsquo;s, not a GPU&rsquo;s: it computes a
              batch row by row.
            </p>
          )}
        </>
      ) : (
        <EmptyState
          title="This view needs the Inferscope engine"
          action={
            <Button variant="primary" onClick={() => void engine.actions.loadEmbedded()}>
              Load the embedded model
            </Button>
          }
        >
          {problem} Other models for our own engine are in <a href="#/models">Models</a>.
        </EmptyState>
      )}
    </div>
  );
}

interface RunButtonsProps {
  canRun: boolean;
  numRequests: number;
}

function RunButtons({ canRun, numRequests }: RunButtonsProps) {
  const { batch } = useServices();
  return (
    <>
      <Button
        size="large"
        disabled={!canRun}
        onClick={() => void batch.actions.compare(["continuous", "static"])}
      >
        Continuous against static
      </Button>
      <SendButton canRun={canRun} numRequests={numRequests} />
    </>
  );
}

function SendButton({ canRun, numRequests }: RunButtonsProps) {
  const { batch } = useServices();
  return (
    <Button
      variant="primary"
      size="large"
      icon={<Play aria-hidden />}
      disabled={!canRun}
      onClick={() => void batch.actions.send()}
    >
      Send {Number.isNaN(numRequests) ? "" : numRequests} {numRequests === 1 ? "request" : "requests"}
    </Button>
  );
}

/** The empty state: one thing to run, two lessons beside it. */
function FirstRun({ canRun, ready, numRequests }: RunButtonsProps & { ready: boolean }) {
  const { batch } = useServices();
  const { actions } = batch;
  const longestWaits = async () => {
    actions.setLoad({ numRequests: 16, arrivals: "burst", lengths: "mixed", source: "mixed" });
    if (await actions.configure({ maxNumSeqs: 4 })) await actions.compare(["continuous", "static"]);
  };
  const smallPool = async () => {
    actions.setLoad({ numRequests: 8, arrivals: "burst", lengths: "same", source: "mixed", maxTokens: 96 });
    if (await actions.configure({ numBlocks: 32, blockSize: 16, batching: "continuous" }))
      await actions.send();
  };
  return (
    <Card>
      <EmptyState
        title="Nothing sent yet"
        action={
          <>
            <SendButton canRun={canRun} numRequests={numRequests} />
            <div className={styles["others"]}>
              <Button size="small" disabled={!canRun} onClick={() => void longestWaits()}>
                Lesson: static batches wait for the longest
              </Button>
              <Button size="small" disabled={!canRun} onClick={() => void smallPool()}>
                Lesson: a pool too small for all
              </Button>
            </div>
          </>
        }
      >
        {ready
          ? "Send the requests above and watch them queue, prefill and decode together, step by step."
          : "Requests can be sent as soon as the model is loaded."}
      </EmptyState>
    </Card>
  );
}

function ActivityBar({ label, done, total }: { label: string; done: number; total: number }) {
  return (
    <div className={styles["progress"]}>
      <div
        className={styles["bar"]}
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
      >
        <div style={{ width: `${(100 * done) / Math.max(1, total)}%` }} />
      </div>
      <span>
        {label}: {done} of {total} done
      </span>
    </div>
  );
}

function Runs({ runs, busy }: { runs: readonly BatchRun[]; busy: boolean }) {
  const { batch } = useServices();
  const policy = useBatch((state) => state.policy);
  const [chosen, setChosen] = useState<number | null>(null);
  const shown = runs.find(({ key }) => key === chosen) ?? runs.at(-1);
  const [first] = runs;
  if (shown === undefined || first === undefined) return null;
  const hint = runs.length === 1 ? sameBatchHint(first.load, policy) : null;
  const maxMs = Math.max(...runs.map(({ summary }) => summary?.wallMs ?? 0));
  return (
    <>
      {runs.length === 1 && shown.summary !== null && (
        <KpiRow>
          {runFigures(shown.summary, shown.log).map((figure) => (
            <Kpi key={figure.label} {...figure} />
          ))}
        </KpiRow>
      )}
      <div className={styles["rerun"]}>
        <span>{loadLine(first.load)}. The same arrivals again, side by side:</span>
        {allModes
          .filter((mode) => mode !== first.policy.batching)
          .map((mode) => (
            <Button key={mode} size="small" disabled={busy} onClick={() => void batch.actions.rerun(mode)}>
              {mode === "none" ? "one at a time" : mode}
            </Button>
          ))}
        {hint !== null && <span className={styles["hint"]}>{hint}</span>}
      </div>
      <div className={styles["two"]}>
        {runs.map((run) => (
          <RunCard key={run.key} run={run} maxMs={maxMs} />
        ))}
      </div>
      <ModeTable runs={runs} />
      {runs.length === 1 ? (
        <StepCharts key={shown.key} run={shown} />
      ) : (
        <Tabs
          label="Run whose steps are shown"
          value={String(shown.key)}
          tabs={runs.map(({ key, policy: { batching } }) => ({
            value: String(key),
            label: batchingNames[batching],
          }))}
          onChange={(key) => setChosen(Number(key))}
        >
          <StepCharts key={shown.key} run={shown} />
        </Tabs>
      )}
    </>
  );
}
