import { useEffect, useMemo } from "react";
import { useStore } from "zustand";

import { engineTitles } from "../../../lab/duel/report.ts";
import { priceSheet } from "../../../lab/pricing.ts";
import { useEngine, useServices, useSettings, useWorkloads } from "../../../store/services.tsx";
import { chosenInfo, workloadInfos } from "../../../store/workload-info.ts";
import { Button } from "../../../ui/Button.tsx";
import { Card } from "../../../ui/Card.tsx";
import { EmptyState } from "../../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../../ui/ErrorNotice.tsx";
import { Progress } from "../../../ui/Progress.tsx";
import { RunProgress } from "../../../ui/RunProgress.tsx";
import { ViewHeader } from "../../../ui/ViewHeader.tsx";
import styles from "../compare.module.css";
import { duelFinding } from "./derive.ts";
import { DuelForm } from "./DuelForm.tsx";
import { DuelExports, DuelResult } from "./DuelResult.tsx";
import { duelSession, type DuelState } from "./session.ts";

/** Which engine is faster with the same weights? One plan on two engines, by turns. */
export function DuelView() {
  const services = useServices();
  const session = useMemo(() => duelSession(services), [services]);
  const { settings, live, report, error } = useStore(session.store);
  const own = useWorkloads((state) => state.list);
  const prices = useSettings((state) => state.prices);
  const load = useEngine((state) => state.load);
  const infos = useMemo(() => workloadInfos(own ?? []), [own]);
  const info = chosenInfo(infos, settings.workload);
  const plan = info.plans.find(({ id }) => id === settings.plan) ?? info.plans.at(-1);
  // Leaving the view ends the run: nobody sees it any more, and the engine is wanted elsewhere.
  useEffect(() => () => session.cancel(), [session]);
  const start = () => void session.run({ ...settings, plan: plan?.id ?? "" }, info, priceSheet(prices));
  const shown = live === null ? report : null;
  const [from, to] =
    shown === null
      ? [engineTitles[settings.from], engineTitles[settings.to]]
      : shown.duel.sides.map(({ title }) => title);
  return (
    <div className={styles["view"]}>
      <ViewHeader
        question={`${shown?.workload.title ?? `Two engines on ${info.title}, ${plan?.title ?? "no plan"}`}: ${from} or ${to}?`}
        sub={
          shown === null
            ? "The same plan, rows and weights on two engines, by turns, one in memory at a time."
            : duelFinding(shown)
        }
        actions={
          live === null ? (
            <>
              {report !== null && <DuelExports report={report} />}
              <Button
                variant="primary"
                size="large"
                disabled={load.type === "loading" || plan === undefined}
                onClick={start}
              >
                {report === null ? "Run the duel" : "Run again"}
              </Button>
            </>
          ) : (
            <Button variant="danger" size="large" onClick={session.cancel}>
              Cancel
            </Button>
          )
        }
      />
      <DuelForm
        settings={{ ...settings, plan: plan?.id ?? "" }}
        infos={infos}
        info={info}
        disabled={live !== null}
        onChange={session.set}
      />
      {live !== null && <Running live={live} />}
      {error !== null && <ErrorNotice error={error} actions={<Button onClick={start}>Run again</Button>} />}
      {shown !== null && <DuelResult key={shown.environment.date} report={shown} />}
      {live === null && report === null && error === null && (
        <EmptyState title="No duel yet">
          Run the duel: the first engine is loaded and answers all rows, then the second, and so on in turns.
          It takes a load for each turn.
        </EmptyState>
      )}
    </div>
  );
}

function Running({ live: { engine, loading, done, total } }: { live: NonNullable<DuelState["live"]> }) {
  const load = useEngine((state) => state.load);
  return (
    <Card>
      {loading ? (
        <Progress
          label={`Loading ${engineTitles[engine]}`}
          progress={load.type === "loading" ? load.progress : null}
        />
      ) : (
        <p className={styles["waiting"]}>{engineTitles[engine]} answers.</p>
      )}
      <RunProgress
        label="Rows answered"
        done={done}
        total={total}
        text={total === 0 ? "Starting" : `${done} of ${total} rows`}
      />
    </Card>
  );
}
