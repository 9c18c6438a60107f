import { Legend } from "../../charts/Legend.tsx";
import type { LiveCall, LiveRun, LiveSample } from "../../lab/live-run.ts";
import type { CompareReport } from "../../lab/report.ts";
import type { SerializedError } from "../../../protocol/index.ts";
import type { PlanInfo } from "../../store/workload-info.ts";
import { Button } from "../../ui/Button.tsx";
import styles from "./compare.module.css";
import { asLive, latestEnd, progressText, sampleOf, sharedScale } from "./derive.ts";
import { PlanCard } from "./PlanCard.tsx";

interface Side {
  readonly plan: PlanInfo;
  readonly sample: LiveSample | null;
  readonly error: SerializedError | null;
  readonly running: boolean;
}

type OnOpen = (call: LiveCall) => void;

/** Two plans on one row, on one scale of latency and one axis of time. */
function PlanPair({ sides, onOpen }: { sides: readonly Side[]; onOpen: OnOpen }) {
  const samples = sides.map(({ sample }) => sample);
  const scale = sharedScale(samples);
  return (
    <>
      <div className={styles["two"]}>
        {sides.map((side) => (
          <PlanCard key={side.plan.id} {...side} scale={scale} maxMs={latestEnd(samples)} onOpen={onOpen} />
        ))}
      </div>
      <Legend scale={scale} />
    </>
  );
}

interface RunningProps {
  live: LiveRun;
  plans: readonly PlanInfo[];
  onOpen: OnOpen;
}

/** A comparison on its way: how far it is, and the row that is answered now. */
export function Running({ live, plans, onOpen }: RunningProps) {
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
        <span>{progressText(live.done, live.total, live.numFailed)}</span>
      </div>
      <PlanPair
        sides={plans.map((plan) => ({
          plan,
          sample: live.samples[plan.id] ?? null,
          error: null,
          running: live.current?.planId === plan.id,
        }))}
        onOpen={onOpen}
      />
    </>
  );
}

interface RowStripsProps {
  report: CompareReport;
  plans: readonly PlanInfo[];
  row: number;
  onRow: (row: number) => void;
  onOpen: OnOpen;
}

/** One row of a report, and the way to the others. */
export function RowStrips({ report, plans, row, onRow, onOpen }: RowStripsProps) {
  const { length } = report.rows;
  return (
    <>
      <nav className={styles["picker"]} aria-label="Rows">
        <Button size="small" disabled={row === 0} onClick={() => onRow(row - 1)}>
          Previous row
        </Button>
        <span>
          Row {row + 1} of {length}: <b>{report.rows[row]?.label}</b>
        </span>
        <Button size="small" disabled={row >= length - 1} onClick={() => onRow(row + 1)}>
          Next row
        </Button>
      </nav>
      <PlanPair
        sides={plans.map((plan) => {
          const sample = sampleOf(report, plan.id, row);
          return {
            plan,
            sample: sample === null ? null : asLive(sample),
            error: sample?.error ?? null,
            running: false,
          };
        })}
        onOpen={onOpen}
      />
    </>
  );
}
