import { Play, Square } from "lucide-react";

import { Legend } from "../../charts/Legend.tsx";
import { Race } from "../../charts/Race.tsx";
import type { LiveCall, LiveSample } from "../../lab/experiments/compare/live.ts";
import type { CompareReport } from "../../lab/experiments/compare/report.ts";
import type { SerializedError } from "../../../protocol/index.ts";
import type { Run } from "../../store/runs.ts";
import type { PlanInfo } from "../../store/workload-info.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Grid, Note, Row } from "../../ui/layout.tsx";
import { RunProgress } from "../../ui/RunProgress.tsx";
import { asLive, latestEnd, progressText, sampleOf, sharedScale } from "./derive.ts";
import { PlanCard } from "./PlanCard.tsx";
import { laneOf, sampleAt, slowdown, speedText } from "./race.ts";
import { useReplay } from "./use-replay.ts";

interface Side {
  readonly plan: PlanInfo;
  readonly sample: LiveSample | null;
  readonly error: SerializedError | null;
  readonly running: boolean;
}

type OnOpen = (call: LiveCall) => void;

interface RunningProps {
  run: Run<"compare">;
  plans: readonly PlanInfo[];
  onOpen: OnOpen;
}

/** A comparison on its way: how far it is, and the row that is answered now. */
export function Running({ run: { live, progress }, plans, onOpen }: RunningProps) {
  const { done, total } = progress ?? { done: 0, total: 0 };
  const sides = plans.map((plan) => ({
    plan,
    sample: live?.sample(plan.id) ?? null,
    error: null,
    running: live?.current?.planId === plan.id,
  }));
  return (
    <>
      <RunProgress
        label="Runs done"
        done={done}
        total={total}
        text={progressText(done, total, live?.numFailed ?? 0)}
      />
      <Card title="The race" tag="both by turns, shown from one start">
        <Lanes sides={sides} clockMs={null} />
      </Card>
      <Strips sides={sides} clockMs={null} onOpen={onOpen} />
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

/** One row of a report as a race that can be watched, and the way to the other rows. */
export function RowStrips({ report, plans, row, onRow, onOpen }: RowStripsProps) {
  const { length } = report.rows;
  const sides = plans.map((plan) => {
    const sample = sampleOf(report, plan.id, row);
    return {
      plan,
      sample: sample === null ? null : asLive(sample),
      error: sample?.error ?? null,
      running: false,
    };
  });
  const maxMs = latestEnd(sides.map(({ sample }) => sample));
  const { clockMs, start, stop } = useReplay(maxMs);
  const show = (next: number) => {
    stop();
    onRow(next);
  };
  return (
    <>
      <Card
        title={`The race: ${report.rows[row]?.label ?? ""}`}
        tag={`row ${row + 1} of ${length}`}
        actions={
          <>
            <nav aria-label="Rows">
              <Row>
                <Button size="small" disabled={row === 0} onClick={() => show(row - 1)}>
                  Previous row
                </Button>
                <Button size="small" disabled={row >= length - 1} onClick={() => show(row + 1)}>
                  Next row
                </Button>
              </Row>
            </nav>
            <Button
              size="small"
              icon={clockMs === null ? <Play aria-hidden /> : <Square aria-hidden />}
              onClick={clockMs === null ? start : stop}
            >
              {clockMs === null ? "Watch the race" : "Show the end"}
            </Button>
          </>
        }
      >
        <Lanes sides={sides} clockMs={clockMs} />
        <Note>
          The two ran by turns, each on its own; here both begin at 0, {speedText(slowdown(maxMs))} when
          watched. A number marks where a call begins.
        </Note>
      </Card>
      <Strips sides={sides} clockMs={clockMs} onOpen={onOpen} />
    </>
  );
}

function Lanes({ sides, clockMs }: { sides: readonly Side[]; clockMs: number | null }) {
  return (
    <>
      <Race
        caption={`Race of ${sides.map(({ plan }) => plan.title).join(" and ")}`}
        lanes={sides.map(({ plan, sample, running }) => laneOf(plan.id, plan.title, sample, running))}
        clockMs={clockMs}
        maxMs={latestEnd(sides.map(({ sample }) => sample))}
      />
      <Legend />
    </>
  );
}

interface StripsProps {
  sides: readonly Side[];
  clockMs: number | null;
  onOpen: OnOpen;
}

/** Prompt and answer of both plans, a call at a time, on one scale of latency. */
function Strips({ sides, clockMs, onOpen }: StripsProps) {
  const scale = sharedScale(sides.map(({ sample }) => sample));
  return (
    <>
      <Grid>
        {sides.map(({ sample, running, ...side }) => (
          <PlanCard
            key={side.plan.id}
            {...side}
            sample={sample === null || clockMs === null ? sample : sampleAt(sample, clockMs)}
            live={running || clockMs !== null}
            scale={scale}
            onOpen={onOpen}
          />
        ))}
      </Grid>
      {scale !== null && <Legend phases={["cached"]} scale={scale} />}
    </>
  );
}
