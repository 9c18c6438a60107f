import { useState } from "react";

import { Legend } from "../../charts/Legend.tsx";
import { environmentLine } from "../../lab/markdown.ts";
import { type CompareReport } from "../../lab/report.ts";
import { userAnalysis } from "../../lab/user-analysis.ts";
import { useEngine } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { Kpi, KpiRow } from "../../ui/Kpi.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { ViewHeader } from "../../ui/ViewHeader.tsx";
import { CallDialog } from "./CallDialog.tsx";
import styles from "./compare.module.css";
import { Controls, Exports, type Choice } from "./Controls.tsx";
import { asLive, latestEnd, pairOf, progressText, sampleOf, sharedScale, verdictText } from "./derive.ts";
import { kpis } from "./kpis.ts";
import { type LiveCall, type LiveRun } from "./live.ts";
import { PlanCard } from "./PlanCard.tsx";
import { Answers, Differences, PlanTable } from "./Results.tsx";
import { useComparison, useRecordedReport } from "./use-comparison.ts";

const firstPlans = { from: "naive-chain", to: "structured", repeats: "1" } as const;

/** Naive or structured? The same rows through two prompt plans, side by side, on this device. */
export function CompareView() {
  const load = useEngine((state) => state.load);
  const { live, report: own, error, run, cancel } = useComparison();
  const recorded = useRecordedReport();
  const [chosen, setChosen] = useState<Choice | null>(null);
  // Five rows take a GPU seconds; one is what a CPU does while somebody waits.
  const onGpu = useEngine(
    ({ load: { type }, adapter, gpuProblem }) =>
      type === "ready" && adapter !== null && !adapter.isSoftware && gpuProblem === null,
  );
  const choice: Choice = chosen ?? { ...firstPlans, rows: onGpu ? "5" : "1" };
  const [row, setRow] = useState(0);
  const [opened, setOpened] = useState<LiveCall | null>(null);

  // Before the first own run a recorded one shows; a choice that it lacks shows its own plans.
  const report = own ?? recorded;
  const shown = report === null ? choice : shownPlans(report, choice);
  const pair = report === null ? null : pairOf(report, shown.from, shown.to);
  const start = () => {
    setRow(0);
    run({ plans: [choice.from, choice.to], rows: Number(choice.rows), repeats: Number(choice.repeats) });
  };

  return (
    <div className={styles["view"]}>
      <ViewHeader
        question={question(live === null ? shown : choice)}
        sub={
          live !== null
            ? "The same rows through both plans in turn, each on an empty prefix cache."
            : pair !== null
              ? verdictText(pair)
              : "The same rows through both plans, every token timed on this device."
        }
        actions={
          live === null ? (
            <>
              {own !== null && <Exports report={own} />}
              <Button variant="primary" size="large" disabled={load.type !== "ready"} onClick={start}>
                {own === null ? "Run the comparison" : "Run again"}
              </Button>
            </>
          ) : (
            <Button variant="danger" size="large" onClick={cancel}>
              Cancel
            </Button>
          )
        }
      />
      <Controls choice={choice} disabled={live !== null} onChange={setChosen} />
      {error !== null && <ErrorNotice error={error} actions={<Button onClick={start}>Run again</Button>} />}
      {live !== null ? (
        <Running live={live} choice={choice} onOpen={setOpened} />
      ) : report === null || pair === null ? (
        <Nothing ready={load.type === "ready"} report={report} />
      ) : (
        <>
          <p className={styles["source"]}>
            {own === null && <Tag tone="warn">recorded run, not this device</Tag>}
            {own?.aborted === true && <Tag tone="warn">cancelled, what was done is shown</Tag>}
            {pair.from.numHidden + pair.to.numHidden > 0 && <Tag tone="warn">some runs in a hidden tab</Tag>}
            {environmentLine(report)}
          </p>
          <div className={styles["kpis"]}>
            <KpiRow>
              {kpis(pair, report).map((kpi) => (
                <Kpi key={kpi.label} {...kpi} />
              ))}
            </KpiRow>
          </div>
          <RowPicker report={report} row={row} onChange={setRow} />
          <Strips report={report} plans={[shown.from, shown.to]} row={row} onOpen={setOpened} />
          <Answers report={report} pair={pair} row={row} />
          <Differences report={report} pair={pair} />
          <PlanTable report={report} />
        </>
      )}
      {opened !== null && <CallDialog call={opened} onClose={() => setOpened(null)} />}
    </div>
  );
}

const planOf = (id: string) => userAnalysis.plans.find((plan) => plan.id === id);

function question({ from, to }: { from: string; to: string }): string {
  const name = (id: string) => {
    const plan = planOf(id);
    if (plan === undefined) return id;
    const { length } = plan.calls;
    return `${plan.title.toLowerCase()} (${length} ${length === 1 ? "call" : "calls"})`;
  };
  return `User analysis: ${name(from)} or ${name(to)}?`;
}

function shownPlans(report: CompareReport, choice: Choice): { from: string; to: string } {
  const has = (id: string) => report.plans.some(({ plan }) => plan === id);
  if (has(choice.from) && has(choice.to)) return choice;
  return { from: report.plans[0]?.plan ?? "", to: report.plans.at(-1)?.plan ?? "" };
}

function Nothing({ ready, report }: { ready: boolean; report: CompareReport | null }) {
  return (
    <EmptyState title={report === null ? "Nothing measured yet" : "One of the plans answered no row"}>
      {ready
        ? "Run the comparison: both plans answer the same rows, and every token is timed."
        : "The comparison can run as soon as the model is loaded."}
    </EmptyState>
  );
}

interface RunningProps {
  live: LiveRun;
  choice: Choice;
  onOpen: (call: LiveCall) => void;
}

function Running({ live, choice, onOpen }: RunningProps) {
  const samples = [choice.from, choice.to].map((id) => live.samples[id] ?? null);
  const scale = sharedScale(samples);
  const text = progressText(live.done, live.total, live.numFailed);
  return (
    <>
      <div className={styles["progress"]}>
        <div
          className={styles["bar"]}
          role="progressbar"
          aria-label="Runs done"
          aria-valuemin={0}
          aria-valuemax={live.total}
          aria-valuenow={live.done}
        >
          <div style={{ width: `${(100 * live.done) / Math.max(1, live.total)}%` }} />
        </div>
        <span>{text}</span>
      </div>
      <div className={styles["two"]}>
        {[choice.from, choice.to].map((id, index) => {
          const plan = planOf(id);
          if (plan === undefined) return null;
          return (
            <PlanCard
              key={id}
              plan={plan}
              sample={samples[index] ?? null}
              error={null}
              running={live.current?.planId === id}
              scale={scale}
              maxMs={latestEnd(samples)}
              onOpen={onOpen}
            />
          );
        })}
      </div>
      <Legend scale={scale} />
    </>
  );
}

interface StripsProps {
  report: CompareReport;
  plans: readonly string[];
  row: number;
  onOpen: (call: LiveCall) => void;
}

function Strips({ report, plans, row, onOpen }: StripsProps) {
  const samples = plans.map((id) => sampleOf(report, id, row));
  const shown = samples.map((sample) => (sample === null ? null : asLive(sample)));
  const scale = sharedScale(shown);
  return (
    <>
      <div className={styles["two"]}>
        {plans.map((id, index) => {
          const plan = planOf(id);
          if (plan === undefined) return null;
          return (
            <PlanCard
              key={id}
              plan={plan}
              sample={shown[index] ?? null}
              error={samples[index]?.error ?? null}
              running={false}
              scale={scale}
              maxMs={latestEnd(shown)}
              onOpen={onOpen}
            />
          );
        })}
      </div>
      <Legend scale={scale} />
    </>
  );
}

interface RowPickerProps {
  report: CompareReport;
  row: number;
  onChange: (row: number) => void;
}

function RowPicker({ report, row, onChange }: RowPickerProps) {
  const { length } = report.rows;
  return (
    <nav className={styles["picker"]} aria-label="Rows">
      <Button size="small" disabled={row === 0} onClick={() => onChange(row - 1)}>
        Previous row
      </Button>
      <span>
        Row {row + 1} of {length}: <b>{report.rows[row]?.label}</b>
      </span>
      <Button size="small" disabled={row >= length - 1} onClick={() => onChange(row + 1)}>
        Next row
      </Button>
    </nav>
  );
}
