import { useStore } from "zustand";

import { trafficFigures, type TrafficFigures } from "../../lab/pricing/plan.ts";
import type { ProviderPreset } from "../../lab/pricing/providers.ts";
import { applyRule } from "../../lab/logs/traffic-rules.ts";
import type { LogResult, LogState } from "../../store/log-store.ts";
import { useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { FileDrop } from "../../ui/FileDrop.tsx";
import { formatBytes, formatMs } from "../../lab/format.ts";
import { RunProgress } from "../../ui/RunProgress.tsx";
import { BreaksTable, ProblemsTable, ProvidersTable, TrafficKpis } from "./LogTables.tsx";
import styles from "./planner.module.css";
import { TrafficTree } from "./TrafficTree.tsx";

interface LogsCardProps {
  /** The calculator's preset, edits included: the log is priced by it too. */
  preset: ProviderPreset;
  onUse: (figures: TrafficFigures) => void;
}

/** A person's own requests: what they share, what each provider could cache of it, what breaks it. */
export function LogsCard({ preset, onUse }: LogsCardProps) {
  const { logs } = useServices();
  const { running, result, error } = useStore(logs.store);
  return (
    <Card
      title="Your own logs"
      tag="nothing leaves this tab, no model runs"
      actions={
        running !== null && (
          <Button variant="danger" onClick={logs.cancel}>
            Cancel
          </Button>
        )
      }
    >
      <FileDrop
        label="Drop a JSONL file of requests here, or choose one"
        accept=".jsonl,.ndjson,.json,.log,.txt"
        disabled={running !== null}
        onFile={(file) => void logs.analyse(file)}
      >
        One JSON object a line: OpenAI chat requests, with or without <code>body</code> around them, or a raw{" "}
        <code>prompt</code>. Times are read from <code>timestamp</code>, <code>created</code> and the like.
      </FileDrop>
      {running !== null && <Progress running={running} />}
      {error !== null && (
        <ErrorNotice
          error={error}
          meaning="The file was not analysed; what is shown below is of the one before."
        />
      )}
      {result !== null && <LogReport result={result} preset={preset} onUse={onUse} />}
    </Card>
  );
}

function Progress({ running: { name, progress } }: { running: NonNullable<LogState["running"]> }) {
  const counted = progress?.total != null && progress.done !== null;
  const text = counted
    ? `${name}: ${progress.stage}, ${progress.done.toLocaleString("en-US")} of ${progress.total.toLocaleString("en-US")} requests`
    : `${name}: reading`;
  return (
    <RunProgress label="Requests read" done={progress?.done ?? 0} total={progress?.total ?? 0} text={text} />
  );
}

function LogReport({ result, preset, onUse }: LogsCardProps & { result: LogResult }) {
  const { analysis, problems, name, bytes, tookMs } = result;
  return (
    <>
      <p className={styles["note"]}>
        <b>{name}</b>, {formatBytes(bytes)}, {analysis.requests.length.toLocaleString("en-US")} requests to{" "}
        {analysis.numModels} {analysis.numModels === 1 ? "model" : "models"}, analysed in {formatMs(tookMs)}{" "}
        in a worker.
        {problems.length > 0 && ` Bad lines left out: ${problems.length.toLocaleString("en-US")}.`}
        {analysis.hasTimes
          ? ""
          : " Not every line tells its time: in the order of the file, and no prefix is taken to expire."}
      </p>
      {problems.length > 0 && <ProblemsTable problems={problems} />}
      {analysis.requests.length === 0 ? (
        <p className={styles["problem"]}>There is no request in this file.</p>
      ) : (
        <>
          <TrafficKpis analysis={analysis} preset={preset} />
          <ProvidersTable analysis={analysis} preset={preset} />
          <div>
            <Button onClick={() => onUse(trafficFigures(analysis, applyRule(analysis, preset)))}>
              Use these figures in the calculator
            </Button>
          </div>
          <BreaksTable analysis={analysis} />
          <TrafficTree analysis={analysis} />
        </>
      )}
    </>
  );
}
