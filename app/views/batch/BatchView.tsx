import { Play } from "lucide-react";
import { useMemo, useState } from "react";
import { useStore } from "zustand";

import { modeFinding } from "../../lab/experiments/batch/findings.ts";
import { loadProblem, loadText, type LoadSettings } from "../../lab/load/load.ts";
import { fromLoad, toLoad } from "../../lab/load/plain-options.ts";
import type { Run } from "../../store/runs.ts";
import { useBatchForm, useEngine, useRun, useRuns, useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { CancelledNote } from "../../ui/CancelledNote.tsx";
import { Card } from "../../ui/Card.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { Kpi, KpiRow } from "../../ui/Kpi.tsx";
import { Progress } from "../../ui/Progress.tsx";
import { RunProgress } from "../../ui/RunProgress.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { ViewHeader } from "../../ui/ViewHeader.tsx";
import styles from "./batch.module.css";
import {
  batchingNames,
  engineProblem,
  failuresOf,
  runFigures,
  sameBatchHint,
  shownModes,
  type Batching,
  type ShownMode,
} from "./derive.ts";
import { LimitsCard } from "./LimitsCard.tsx";
import { limitsSession } from "./limits-session.ts";
import { LoadForm } from "./LoadForm.tsx";
import { ModeTable } from "./ModeTable.tsx";
import { PolicyForm } from "./PolicyForm.tsx";
import { RunCard } from "./RunCard.tsx";
import { StepCharts } from "./StepCharts.tsx";
import { SweepCard } from "./SweepCard.tsx";

const allModes: readonly Batching[] = ["continuous", "static", "none"];

/** Many requests at once: what batching does to each of them, step by step, on this device. */
export function BatchView() {
  const services = useServices();
  const { engine, runs } = services;
  const limits = useMemo(() => limitsSession(services), [services]);
  const limitsRun = useStore(limits.store, ({ progress }) => progress !== null);
  const load = useEngine((state) => state.load);
  const settings = useBatchForm();
  const isBusy = useRuns(({ active }) => active !== null) || limitsRun;
  const { running, shown, wasCancelled, error } = useRun("batch");
  const ready = load.type === "ready";
  const problem = ready ? engineProblem(load.capabilities) : null;
  const usable = ready && problem === null;
  const canRun = usable && !isBusy && loadProblem(settings) === null;
  const modes = shownModes(running ?? shown);
  const start = useStart();
  return (
    <div className={styles["view"]}>
      <ViewHeader
        question="What does batching do to each request?"
        sub={
          (running === null && shown !== null ? modeFinding(shown.report.modes) : null) ??
          "Several requests share one step of the model; each lane is one of them, each bar a step it took part in."
        }
        actions={
          running !== null ? (
            <Button variant="danger" size="large" onClick={runs.cancel}>
              Cancel
            </Button>
          ) : (
            shown !== null && (
              <>
                <Button
                  size="large"
                  disabled={!canRun}
                  onClick={() => start(settings, ["continuous", "static"])}
                >
                  Continuous against static
                </Button>
                <SendButton canRun={canRun} />
              </>
            )
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
            <LoadForm disabled={isBusy} />
            {usable && <PolicyForm disabled={isBusy} />}
          </div>
          {running !== null && (
            <RunProgress
              label={running.progress?.label ?? "Batch"}
              done={running.progress?.done ?? 0}
              total={running.progress?.total ?? 0}
              text={
                running.progress === null
                  ? "warming up"
                  : `${running.progress.done} of ${running.progress.total} ${running.progress.label}`
              }
            />
          )}
          {error !== null && <ErrorNotice error={error} />}
          {running === null && wasCancelled && <CancelledNote />}
          {running === null && shown !== null && <Failures modes={shown.report.modes} />}
          {modes.length === 0 ? (
            running === null && <FirstRun canRun={canRun} ready={ready} />
          ) : (
            <Modes
              key={(running ?? shown)?.key}
              load={running === null ? (shown?.report.load ?? settings) : asked(running.options, settings)}
              modes={modes}
              isRunning={running !== null}
              isBusy={isBusy}
            />
          )}
          <SweepCard disabled={!canRun} />
          <LimitsCard disabled={!usable || isBusy} />
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

/** The load of a run on its way; a script may have left out what has a default. */
const asked = (options: Run<"batch">["options"], settings: LoadSettings): LoadSettings =>
  toLoad({
    ...fromLoad(settings),
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  });

/** Runs a load in some modes, under the scheduler's other settings as they are. */
function useStart() {
  const { runs } = useServices();
  return (load: LoadSettings, modes: readonly Batching[]) =>
    runs.start("batch", { ...fromLoad(load), modes: [...modes], sequences: null, sweep: [] });
}

function SendButton({ canRun }: { canRun: boolean }) {
  const settings = useBatchForm();
  const batching = useEngine(({ policy }) => policy?.batching ?? "continuous");
  const start = useStart();
  const { numRequests } = settings;
  return (
    <Button
      variant="primary"
      size="large"
      icon={<Play aria-hidden />}
      disabled={!canRun}
      onClick={() => start(settings, [batching])}
    >
      Send {Number.isNaN(numRequests) ? "" : numRequests} {numRequests === 1 ? "request" : "requests"}
    </Button>
  );
}

/** The empty state: one thing to run, two lessons beside it. */
function FirstRun({ canRun, ready }: { canRun: boolean; ready: boolean }) {
  const { batch, engine } = useServices();
  const start = useStart();
  const longestWaits = async () => {
    batch.setState({ numRequests: 16, arrivals: "burst", lengths: "mixed", source: "mixed" });
    if (await engine.actions.configure({ maxNumSeqs: 4 })) start(batch.getState(), ["continuous", "static"]);
  };
  const smallPool = async () => {
    batch.setState({ numRequests: 8, arrivals: "burst", lengths: "same", source: "mixed", maxTokens: 96 });
    if (await engine.actions.configure({ numBlocks: 32, blockSize: 16, batching: "continuous" }))
      start(batch.getState(), ["continuous"]);
  };
  return (
    <Card>
      <EmptyState
        title="Nothing sent yet"
        action={
          <>
            <SendButton canRun={canRun} />
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

/** Some requests failed, and the others ran. */
function Failures({ modes }: { modes: Parameters<typeof failuresOf>[0] }) {
  return failuresOf(modes).map((error) => (
    <ErrorNotice key={error.message} error={error} meaning="The figures are of those that were answered." />
  ));
}

interface ModesProps {
  load: LoadSettings;
  modes: readonly ShownMode[];
  isRunning: boolean;
  isBusy: boolean;
}

function Modes({ load, modes, isRunning, isBusy }: ModesProps) {
  const policy = useEngine((state) => state.policy);
  const start = useStart();
  const [chosen, setChosen] = useState<Batching | null>(null);
  const [first] = modes;
  const shown = modes.find(({ batching }) => batching === chosen) ?? modes.at(-1);
  if (shown === undefined || first === undefined) return null;
  const hint = modes.length === 1 ? sameBatchHint(load, policy) : null;
  const maxMs = Math.max(...modes.map(({ measured }) => measured?.summary.wallMs ?? 0));
  const ran = modes.map(({ batching }) => batching);
  return (
    <>
      {modes.length === 1 && shown.measured !== null && (
        <KpiRow>
          {runFigures(shown.measured.summary, shown.log).map((figure) => (
            <Kpi key={figure.label} {...figure} />
          ))}
        </KpiRow>
      )}
      <div className={styles["rerun"]}>
        <span>{loadText(load)}. The same arrivals again, side by side:</span>
        {allModes
          .filter((mode) => !ran.includes(mode))
          .map((mode) => (
            <Button key={mode} size="small" disabled={isBusy} onClick={() => start(load, [...ran, mode])}>
              {mode === "none" ? "one at a time" : mode}
            </Button>
          ))}
        {hint !== null && <span className={styles["hint"]}>{hint}</span>}
      </div>
      <div className={styles["two"]}>
        {modes.map((mode, index) => (
          <RunCard
            key={mode.batching}
            mode={mode}
            load={load}
            isLive={isRunning && index === modes.length - 1}
            maxMs={maxMs}
          />
        ))}
      </div>
      <ModeTable load={load} modes={modes} />
      {modes.length === 1 ? (
        <StepCharts key={shown.batching} log={shown.log} isLive={isRunning} />
      ) : (
        <Tabs
          label="Run whose steps are shown"
          value={shown.batching}
          tabs={modes.map(({ batching }) => ({ value: batching, label: batchingNames[batching] }))}
          onChange={(batching) => setChosen(batching)}
        >
          <StepCharts
            key={shown.batching}
            log={shown.log}
            isLive={isRunning && shown.batching === modes.at(-1)?.batching}
          />
        </Tabs>
      )}
    </>
  );
}
