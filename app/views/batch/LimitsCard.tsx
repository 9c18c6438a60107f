import { useMemo } from "react";
import { useStore } from "zustand";

import { Legend } from "../../charts/Legend.tsx";
import { Swimlanes } from "../../charts/Swimlanes.tsx";
import { arrivalText, loadText } from "../../lab/load/load.ts";
import { environmentText } from "../../lab/environment.ts";
import { rateLimitFinding, type RateLimitReport } from "../../lab/limits/report.ts";
import { limitProblem, type LimitSettings } from "../../lab/limits/settings.ts";
import { useBatchForm, useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { RunProgress } from "../../ui/RunProgress.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { Formula } from "../../ui/Tooltip.tsx";
import styles from "./batch.module.css";
import { describeSegment } from "./derive.ts";
import { laneColumns } from "./lane-columns.tsx";
import { armNames, limitErrors, limitFigures, waitNames, type LimitFigure } from "./limits-figures.ts";
import { limitsSession, type LimitsArm, type LimitsState } from "./limits-session.ts";
import { LimitsForm } from "./LimitsForm.tsx";
import { useLogFigures } from "./use-log-figures.ts";

/** The same requests one after another, and in parallel within rate limits. */
export function LimitsCard({ disabled }: { disabled: boolean }) {
  const services = useServices();
  const session = useMemo(() => limitsSession(services), [services]);
  const { settings, arms, progress, report, error } = useStore(session.store);
  const form = useBatchForm();
  // The form's above, arrivals too; the number of requests is the card's own.
  const planned: LimitSettings = {
    ...settings,
    load: { ...form, numRequests: settings.load.numRequests },
  };
  const problem = limitProblem(planned);
  return (
    <Card
      title="Do parallel requests pay within rate limits?"
      actions={
        progress !== null ? (
          <Button size="small" variant="danger" onClick={session.cancel}>
            Cancel
          </Button>
        ) : (
          <Button
            size="small"
            disabled={disabled || problem !== null}
            onClick={() => void session.run(planned)}
          >
            Sequential against parallel
          </Button>
        )
      }
    >
      <LimitsForm session={session} disabled={progress !== null} />
      {problem !== null && (
        <p className={styles["problem"]} role="alert">
          Nothing can be sent: {problem}.
        </p>
      )}
      {progress !== null && <LimitsProgress {...progress} />}
      {error !== null && <ErrorNotice error={error} />}
      {report !== null && <Finding report={report} />}
      {arms.length > 0 && (
        <div className={styles["two"]}>
          {arms.map((arm) => (
            <Lanes key={arm.id} arm={arm} maxMs={longest(report)} />
          ))}
        </div>
      )}
      {report === null && arms.length === 0 && progress === null && (
        <p className={styles["note"]}>
          Sends the prompts of the form above, arriving as it says ({arrivalText(planned.load)}): first one
          after another, then so many at once, both within the limits, each from an empty prefix cache. Every
          call waits until the windows of the last minute have room for it.
        </p>
      )}
    </Card>
  );
}

const longest = (report: RateLimitReport | null): number =>
  Math.max(0, ...(report?.arms.map(({ summary }) => summary.wallMs ?? 0) ?? []));

function LimitsProgress({ done, total, waiting }: NonNullable<LimitsState["progress"]>) {
  const text = `${done} of ${total} answered`;
  return (
    <RunProgress
      label="Requests answered"
      done={done}
      total={total}
      text={waiting === null ? text : `${text}, the next waits for ${waitNames[waiting.reason]}`}
    />
  );
}

function Lanes({ arm: { id, log, numRequests, live }, maxMs }: { arm: LimitsArm; maxMs: number }) {
  const figures = useLogFigures(log, live);
  return (
    <div className={styles["arm"]}>
      <Swimlanes
        title={armNames[id]}
        caption={`Requests over time, ${armNames[id].toLowerCase()}`}
        source={log}
        numLanes={Math.max(figures.numLanes, numRequests)}
        live={live}
        maxMs={maxMs}
        describe={(segment) => describeSegment(log, segment)}
        columns={laneColumns}
        rows={figures.lanes}
      />
    </div>
  );
}

function Finding({ report }: { report: RateLimitReport }) {
  const { arms, settings, aborted, environment } = report;
  const finding = rateLimitFinding(report);
  const errors = limitErrors(report);
  return (
    <>
      {aborted && <Tag tone="warn">cancelled, what was done is shown</Tag>}
      {finding !== null && <p className={styles["finding"]}>{finding}</p>}
      <DataTable
        caption="Sequential against parallel"
        columns={[
          {
            key: "figure",
            header: "figure",
            cell: (row: LimitFigure) => <Formula name={row.label} formula={row.formula} />,
          },
          ...arms.map(({ id, concurrency }, index) => ({
            key: id,
            header: id === "parallel" ? `parallel, ${concurrency} at once` : id,
            align: "right" as const,
            cell: (row: LimitFigure) => <span className={styles["nowrap"]}>{row.values[index]}</span>,
          })),
          {
            key: "change",
            header: "change",
            align: "right",
            formula: "parallel / sequential − 1",
            cell: (row) => <span className={styles["nowrap"]}>{row.change}</span>,
          },
        ]}
        rows={limitFigures(report)}
        rowKey={(row) => row.label}
      />
      {errors.map((message) => (
        <p key={message} className={styles["problem"]}>
          {message}
        </p>
      ))}
      <Legend
        phases={["request-limit", "token-limit", "queue", "cached", "prefill", "decode", "preempted"]}
      />
      <p className={styles["note"]}>
        {loadText(settings.load)}. TTFT and E2E count from the moment a request is sent.{" "}
        {environmentText(environment)}.
      </p>
    </>
  );
}
