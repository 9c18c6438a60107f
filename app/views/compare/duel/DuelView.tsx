import { useMemo } from "react";
import { useStore } from "zustand";

import { engineTitles } from "../../../lab/experiments/duel/report.ts";
import { duelOptionsOf } from "../../../store/duel-form.ts";
import type { Run } from "../../../store/runs.ts";
import {
  useEngine,
  useRun,
  useRuns,
  useServices,
  useSettings,
  useWorkloads,
} from "../../../store/services.tsx";
import { chosenInfo, workloadInfos } from "../../../store/workload-info.ts";
import { Button } from "../../../ui/Button.tsx";
import { Card } from "../../../ui/Card.tsx";
import { EmptyState } from "../../../ui/EmptyState.tsx";
import { CancelledNote } from "../../../ui/CancelledNote.tsx";
import { ErrorNotice } from "../../../ui/ErrorNotice.tsx";
import { Progress } from "../../../ui/Progress.tsx";
import { RunProgress } from "../../../ui/RunProgress.tsx";
import { ViewHeader } from "../../../ui/ViewHeader.tsx";
import styles from "../compare.module.css";
import { duelFinding } from "./derive.ts";
import { DuelForm } from "./DuelForm.tsx";
import { DuelExports, DuelResult } from "./DuelResult.tsx";

/** Which engine is faster with the same weights? One plan on two engines, by turns. */
export function DuelView() {
  const { runs, duel } = useServices();
  const settings = useStore(duel);
  const { running, shown: last, wasCancelled, error } = useRun("duel");
  const isBusy = useRuns(({ active }) => active !== null);
  const report = last?.report ?? null;
  const own = useWorkloads((state) => state.list);
  const prices = useSettings((state) => state.prices);
  const load = useEngine((state) => state.load);
  const infos = useMemo(() => workloadInfos(own ?? []), [own]);
  const info = chosenInfo(infos, settings.workload);
  const plan = info.plans.find(({ id }) => id === settings.plan) ?? info.plans.at(-1);
  const start = () => runs.start("duel", duelOptionsOf({ ...settings, plan: plan?.id ?? "" }, info, prices));
  const shown = running === null ? report : null;
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
          running === null ? (
            <>
              {report !== null && <DuelExports report={report} />}
              <Button
                variant="primary"
                size="large"
                disabled={load.type === "loading" || plan === undefined || isBusy}
                onClick={start}
              >
                {report === null ? "Run the duel" : "Run again"}
              </Button>
            </>
          ) : (
            <Button variant="danger" size="large" onClick={runs.cancel}>
              Cancel
            </Button>
          )
        }
      />
      <DuelForm
        settings={{ ...settings, plan: plan?.id ?? "" }}
        infos={infos}
        info={info}
        disabled={running !== null}
        onChange={(change) => duel.setState(change)}
      />
      {running !== null && <Running run={running} />}
      {running === null && wasCancelled && <CancelledNote />}
      {error !== null && <ErrorNotice error={error} actions={<Button onClick={start}>Run again</Button>} />}
      {shown !== null && <DuelResult key={shown.environment.date} report={shown} />}
      {running === null && report === null && error === null && (
        <EmptyState title="No duel yet">
          Run the duel: the first engine is loaded and answers all rows, then the second, and so on in turns.
          It takes a load for each turn.
        </EmptyState>
      )}
    </div>
  );
}

function Running({ run: { live, progress } }: { run: Run<"duel"> }) {
  const { done, total } = progress ?? { done: 0, total: 0 };
  const load = useEngine((state) => state.load);
  return (
    <Card>
      {live?.now == null || live.now.isLoading ? (
        <Progress
          label={live?.now == null ? "Loading" : `Loading ${engineTitles[live.now.engine]}`}
          progress={load.type === "loading" ? load.progress : null}
        />
      ) : (
        <p className={styles["waiting"]}>{engineTitles[live.now.engine]} answers.</p>
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
