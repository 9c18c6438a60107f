import { useEffect, useMemo, useState } from "react";

import { environmentLine } from "../../lab/markdown.ts";
import type { LiveCall } from "../../lab/live-run.ts";
import { priceSheet } from "../../lab/pricing.ts";
import type { CompareReport } from "../../lab/report.ts";
import { reprice } from "../../lab/reprice.ts";
import { userAnalysis } from "../../lab/user-analysis.ts";
import { searchOf, withDefaults, type Choice } from "../../store/comparison-choice.ts";
import { useComparison, useEngine, useServices, useSettings } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { Kpi, KpiRow } from "../../ui/Kpi.tsx";
import { Progress } from "../../ui/Progress.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { ViewHeader } from "../../ui/ViewHeader.tsx";
import { CallDialog } from "./CallDialog.tsx";
import styles from "./compare.module.css";
import { Controls, Exports } from "./Controls.tsx";
import { pairOf, verdictText, type Pair } from "./derive.ts";
import { kpis } from "./kpis.ts";
import { RowStrips, Running } from "./PlanPair.tsx";
import { Prices } from "./Prices.tsx";
import { Answers, Differences, PlanTable } from "./Results.tsx";
import { useRecordedReport } from "./use-recorded-report.ts";

/** Naive or structured? The same rows through two prompt plans, side by side, on this device. */
export function CompareView() {
  const { comparison, engine } = useServices();
  const load = useEngine((state) => state.load);
  const { live, error } = useComparison((state) => state);
  const [opened, setOpened] = useState<LiveCall | null>(null);
  const { choice, change } = useChoice();
  const { report, isOwn } = useReport();
  const prices = useSettings((settings) => settings.prices);

  // Leaving the view ends the run: nobody sees it any more, and the engine is wanted elsewhere.
  useEffect(() => () => comparison.cancel(), [comparison]);

  // A report that lacks a chosen plan shows its own.
  const shown = report === null ? choice : shownPlans(report, choice);
  const pair = report === null ? null : pairOf(report, shown.from, shown.to);
  const start = () => comparison.run(choice, priceSheet(prices));
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
              {isOwn && report !== null && <Exports report={report} />}
              <Button variant="primary" size="large" disabled={load.type !== "ready"} onClick={start}>
                {isOwn ? "Run again" : "Run the comparison"}
              </Button>
            </>
          ) : (
            <Button variant="danger" size="large" onClick={comparison.cancel}>
              Cancel
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
      <Controls choice={choice} disabled={live !== null} onChange={change} />
      {error !== null && <ErrorNotice error={error} actions={<Button onClick={start}>Run again</Button>} />}
      {live !== null ? (
        <Running live={live} plans={[choice.from, choice.to]} onOpen={setOpened} />
      ) : report === null || pair === null ? (
        <Nothing ready={load.type === "ready"} report={report} />
      ) : (
        // Another report begins at its first row.
        <Measured
          key={report.environment.date}
          report={report}
          pair={pair}
          isOwn={isOwn}
          onOpen={setOpened}
        />
      )}
      {opened !== null && <CallDialog call={opened} onClose={() => setOpened(null)} />}
    </div>
  );
}

/** The choice with its defaults; a change goes into the address, so that it can be linked to. */
function useChoice(): { choice: Choice; change: (choice: Choice) => void } {
  const { comparison } = useServices();
  const chosen = useComparison((state) => state.chosen);
  const engine = useEngine((state) => state);
  const change = (next: Choice) => {
    comparison.store.setState({ chosen: next });
    history.replaceState(history.state, "", searchOf(next) + location.hash);
  };
  return { choice: withDefaults(chosen, engine), change };
}

/** The last own report, before the first a recorded one; at the prices that are set. */
function useReport(): { report: CompareReport | null; isOwn: boolean } {
  const own = useComparison((state) => state.report);
  const recorded = useRecordedReport();
  const prices = useSettings((settings) => settings.prices);
  const measured = own ?? recorded;
  const report = useMemo(
    () => (measured === null ? null : reprice(measured, userAnalysis, priceSheet(prices))),
    [measured, prices],
  );
  return { report, isOwn: own !== null };
}

function question({ from, to }: { from: string; to: string }): string {
  const name = (id: string) => {
    const plan = userAnalysis.plans.find((candidate) => candidate.id === id);
    if (plan === undefined) return id;
    const { length } = plan.calls;
    const title = plan.title === "JSON" ? plan.title : plan.title.toLowerCase();
    return `${title} (${length} ${length === 1 ? "call" : "calls"})`;
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

interface MeasuredProps {
  report: CompareReport;
  pair: Pair;
  isOwn: boolean;
  onOpen: (call: LiveCall) => void;
}

/** A report: figures, one row's strips, answers, causes, all plans. */
function Measured({ report, pair, isOwn, onOpen }: MeasuredProps) {
  const [row, setRow] = useState(0);
  return (
    <>
      <p className={styles["source"]}>
        {!isOwn && <Tag tone="warn">recorded run, not this device</Tag>}
        {isOwn && report.aborted && <Tag tone="warn">cancelled, what was done is shown</Tag>}
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
      <Prices />
      <RowStrips
        report={report}
        plans={[pair.from.plan, pair.to.plan]}
        row={row}
        onRow={setRow}
        onOpen={onOpen}
      />
      <Answers report={report} pair={pair} row={row} />
      <Differences report={report} pair={pair} />
      <PlanTable report={report} />
    </>
  );
}
