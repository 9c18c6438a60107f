import { useMemo, useState } from "react";
import { Link, useLocation } from "wouter";

import { environmentLine } from "../../lab/experiments/compare/figures.ts";
import type { LiveCall } from "../../lab/experiments/compare/live.ts";
import { priceSheet } from "../../lab/pricing/pricing.ts";
import type { CompareReport } from "../../lab/experiments/compare/report.ts";
import { reprice } from "../../lab/experiments/compare/reprice.ts";
import { isEmbedded } from "../../store/engine-store.ts";
import { searchOf, withDefaults, type Choice } from "../../store/comparison-choice.ts";
import { compareOptionsOf } from "../../store/comparison-store.ts";
import {
  useComparison,
  useEngine,
  useRun,
  useRuns,
  useServices,
  useSettings,
  useWorkloads,
} from "../../store/services.tsx";
import { chosenInfo, workloadInfos, type PlanInfo, type WorkloadInfo } from "../../store/workload-info.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { CancelledNote } from "../../ui/CancelledNote.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { Kpi, KpiRow } from "../../ui/Kpi.tsx";
import { Progress } from "../../ui/Progress.tsx";
import { Note, Row, View } from "../../ui/layout.tsx";
import { RunButton } from "../../ui/RunButton.tsx";
import { SmallModelNote } from "../../ui/SmallModelNote.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { CallDialog } from "./CallDialog.tsx";
import { lazyPart } from "../../ui/lazy-part.tsx";
import styles from "./compare.module.css";
import { Controls, Exports } from "./Controls.tsx";
import { Detail } from "./Detail.tsx";
import { pairOf, verdictText, type Pair } from "./derive.ts";
import { kpis } from "./kpis.ts";
import { RowStrips, Running } from "./PlanPair.tsx";
import { useRecordedReport } from "./use-recorded-report.ts";

const DuelView = lazyPart("The duel", async () => (await import("./duel/DuelView.tsx")).DuelView);

/** Two plans on one engine, or one plan on two engines. */
export function CompareView() {
  const [path] = useLocation();
  const isDuel = path === enginesPath;
  return (
    <>
      <nav className={styles["kinds"]} aria-label="What is compared">
        <Link href="/compare" aria-current={isDuel ? undefined : "page"}>
          Two plans
        </Link>
        <Link href={enginesPath} aria-current={isDuel ? "page" : undefined}>
          Two engines
        </Link>
      </nav>
      {isDuel ? <DuelView /> : <PlansView />}
    </>
  );
}

const enginesPath = "/compare/engines";

/** Naive or structured? The same rows through two prompt plans, side by side, on this device. */
function PlansView() {
  const { runs, engine } = useServices();
  const load = useEngine((state) => state.load);
  const isServer = load.type === "ready" && load.model.server !== undefined;
  const { running, wasCancelled, error } = useRun("compare");
  const isBusy = useRuns(({ active }) => active !== null);
  const [opened, setOpened] = useState<LiveCall | null>(null);
  const { choice, infos, info, change } = useChoice();
  const { report, isOwn } = useReport(info);
  const prices = useSettings((settings) => settings.prices);

  // A report that lacks a chosen plan shows its own.
  const shown = report === null ? choice : shownPlans(report, choice);
  const pair = report === null ? null : pairOf(report, shown.from, shown.to);
  const start = () => runs.start("compare", compareOptionsOf(choice, info, prices));
  const canStart = load.type === "ready" && choice.to !== "" && (!isBusy || running !== null);
  return (
    <View
      question={question(info, running === null ? shown : choice)}
      sub={
        running === null && pair !== null ? (
          <>
            {!isOwn && (
              <>
                <Tag tone="warn">Recorded run, not this device</Tag>{" "}
              </>
            )}
            {verdictText(pair)}
            {!isOwn && " Run it to see what holds here."}
          </>
        ) : (
          `The same rows through both plans${running === null ? "" : " in turn"}, every ${isServer ? "piece of text timed as it arrives" : "token timed on this device"}.`
        )
      }
      actions={
        <>
          {running === null && isOwn && report !== null && <Exports report={report} />}
          <RunButton
            running={running !== null}
            label={isOwn ? "Run again" : "Run the comparison"}
            disabled={!canStart}
            onRun={start}
            onCancel={runs.cancel}
          />
        </>
      }
    >
      {!isOwn && running === null && <Intro />}
      {load.type === "loading" && (
        <Card>
          <Progress
            label={load.label}
            progress={load.progress}
            onCancel={() => engine.actions.cancelLoad()}
          />
        </Card>
      )}
      <Controls choice={choice} infos={infos} info={info} disabled={running !== null} onChange={change} />
      {info.own !== null && load.type === "ready" && isEmbedded({ load }) && <SmallModelNote />}
      {choice.to === "" && <FewPlans />}
      {error !== null && <ErrorNotice error={error} actions={<Button onClick={start}>Run again</Button>} />}
      {running === null && wasCancelled && <CancelledNote />}
      {running !== null ? (
        <Running run={running} plans={planInfos(info, [choice.from, choice.to])} onOpen={setOpened} />
      ) : report === null || pair === null ? (
        <Nothing ready={load.type === "ready"} report={report} />
      ) : (
        // Another report begins at its first row.
        <Measured
          key={report.environment.date}
          report={report}
          plans={planInfos(info, [pair.from.plan, pair.to.plan])}
          pair={pair}
          isOwn={isOwn}
          onOpen={setOpened}
        />
      )}
      {opened !== null && <CallDialog call={opened} onClose={() => setOpened(null)} />}
    </View>
  );
}

/** The choice with its defaults; a change goes into the address, so that it can be linked to. */
function useChoice() {
  const { comparison } = useServices();
  const chosen = useComparison((state) => state.chosen);
  const own = useWorkloads((state) => state.list);
  const engine = useEngine((state) => state);
  const infos = useMemo(() => workloadInfos(own ?? []), [own]);
  const info = chosenInfo(infos, chosen.workload);
  const change = (next: Choice) => {
    comparison.setState({ chosen: next });
    history.replaceState(history.state, "", searchOf(next) + location.hash);
  };
  return { choice: withDefaults(chosen, info, engine), infos, info, change };
}

/** The last own report of the workload, before the first a recorded one; at the prices that are set. */
function useReport({ id }: WorkloadInfo): { report: CompareReport | null; isOwn: boolean } {
  const last = useRun("compare").shown?.report ?? null;
  const recorded = useRecordedReport();
  const prices = useSettings((settings) => settings.prices);
  const own = last?.workload.id === id ? last : null;
  const measured = own ?? (recorded?.workload.id === id ? recorded : null);
  const report = useMemo(
    () => (measured === null ? null : reprice(measured, priceSheet(prices))),
    [measured, prices],
  );
  return { report, isOwn: own !== null };
}

function question(info: WorkloadInfo, { from, to }: { from: string; to: string }): string {
  const [first, second] = planInfos(info, [from, to]).map(({ title, numCalls }) => {
    const name = info.own !== null || title === "JSON" ? title : title.toLowerCase();
    return `${name} (${numCalls} ${numCalls === 1 ? "call" : "calls"})`;
  });
  return second === undefined ? info.title : `${info.title}: ${first} or ${second}?`;
}

/** Plans that were deleted since a report was made are left out. */
const planInfos = ({ plans }: WorkloadInfo, ids: readonly string[]): readonly PlanInfo[] =>
  ids.flatMap((id) => plans.filter((plan) => plan.id === id));

function FewPlans() {
  return (
    <EmptyState title="It takes two plans to compare" action={<a href="#/plans">Edit rows and plans</a>}>
      This workload has fewer than two prompt plans. Add one, or copy the one that is there and change it.
    </EmptyState>
  );
}

function shownPlans(report: CompareReport, choice: Choice): { from: string; to: string } {
  const has = (id: string) => report.plans.some(({ plan }) => plan === id);
  if (has(choice.from) && has(choice.to)) return choice;
  return { from: report.plans[0]?.plan ?? "", to: report.plans.at(-1)?.plan ?? "" };
}

function Nothing({ ready, report }: { ready: boolean; report: CompareReport | null }) {
  const failed = report?.samples.find(({ error }) => error !== null);
  if (failed != null && failed.error !== null) {
    const { planId, rowLabel, error } = failed;
    return <ErrorNotice error={error} meaning={`No row of ${planId} counts; the first: ${rowLabel}.`} />;
  }
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
  plans: readonly PlanInfo[];
  pair: Pair;
  isOwn: boolean;
  onOpen: (call: LiveCall) => void;
}

/** For who has never heard of any of it; goes with the first run. */
function Intro() {
  return (
    <p className={styles["intro"]}>
      Inferscope runs a small language model inside this browser tab and times every piece of text that it
      writes, so that two ways of asking for the same thing can be compared: which is faster, which costs
      less, and are the answers right?
    </p>
  );
}

/** A report: the answer, one row as a race, and what stands behind it. */
function Measured({ report, plans, pair, isOwn, onOpen }: MeasuredProps) {
  const [row, setRow] = useState(0);
  return (
    <>
      <KpiRow>
        {kpis(pair, report).map((kpi) => (
          <Kpi key={kpi.label} {...kpi} />
        ))}
      </KpiRow>
      <RowStrips report={report} plans={plans} row={row} onRow={setRow} onOpen={onOpen} />
      <Detail report={report} pair={pair} row={row} onOpen={onOpen} />
      <Row>
        {isOwn && report.aborted && <Tag tone="warn">cancelled, what was done is shown</Tag>}
        {(pair.from.numInterrupted ?? 0) + (pair.to.numInterrupted ?? 0) > 0 && (
          <Tag tone="warn">interrupted runs left out</Tag>
        )}
        <Note>{environmentLine(report)}</Note>
      </Row>
    </>
  );
}
