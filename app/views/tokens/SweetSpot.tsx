import { useState } from "react";

import { AccuracyChart } from "../../charts/AccuracyChart.tsx";
import { recommend, tellableText, trainingText } from "../../lab/tokens/recommend.ts";
import { sweetSpotMarkdown } from "../../lab/tokens/sweet-spot-markdown.ts";
import type { SweetSpotReport } from "../../lab/tokens/sweet-spot.ts";
import { useEngine } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { FieldGrid, Select } from "../../ui/Fields.tsx";
import { RunProgress } from "../../ui/RunProgress.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { levelColumns, withLoss } from "./sweet-spot-table.tsx";
import styles from "./tokens.module.css";
import { useSweetSpot } from "./use-sweet-spot.ts";

type Rows = "5" | "20" | "50" | "100" | "150" | "200";
type Examples = "0,2" | "0,2,4" | "0,1,2,3,4" | "2";
type Loss = "0.01" | "0.02" | "0.05";

/** Accuracy against tokens over the levels of compression, measured on the loaded model by one button. */
export function SweetSpot() {
  const ready = useEngine(({ load }) => load.type === "ready" && !load.model.synthetic);
  const isNoise = useEngine(({ load }) => load.type === "ready" && load.model.synthetic);
  const { progress, report, error, run, cancel } = useSweetSpot();
  const [rows, setRows] = useState<Rows>("150");
  const [examples, setExamples] = useState<Examples>("0,2");
  const [loss, setLoss] = useState<Loss>("0.02");
  const start = () => run({ rows: Number(rows), examples: examples.split(",").map(Number) });
  return (
    <Card
      title="The sweet spot: accuracy against tokens"
      tag="email extraction, held-out rows"
      actions={
        progress === null ? (
          <>
            {report !== null && <CopyButton label="Copy Markdown" text={() => sweetSpotMarkdown(report)} />}
            <Button variant="primary" disabled={!ready} onClick={start}>
              {report === null ? "Find the sweet spot" : "Run again"}
            </Button>
          </>
        ) : (
          <Button variant="danger" onClick={cancel}>
            Cancel
          </Button>
        )
      }
    >
      <fieldset className={styles["controls"]} aria-label="What to run">
        <FieldGrid>
          <Select
            label="Rows"
            help="Each level answers the same rows. Few rows cannot show that nothing was lost."
            value={rows}
            options={(["5", "20", "50", "100", "150", "200"] as const).map((value) => ({
              value,
              label: `${value} rows`,
            }))}
            onChange={setRows}
          />
          <Select
            label="Examples"
            help="Each of the four wordings with so many examples."
            value={examples}
            options={[
              { value: "0,2", label: "0 and 2" },
              { value: "0,2,4", label: "0, 2 and 4" },
              { value: "0,1,2,3,4", label: "0 to 4" },
              { value: "2", label: "2 only" },
            ]}
            onChange={setExamples}
          />
          <Select
            label="Accepted loss"
            help="How many more of 100 answers may be wrong than at the most accurate level."
            value={loss}
            options={[
              { value: "0.01", label: "1 point" },
              { value: "0.02", label: "2 points" },
              { value: "0.05", label: "5 points" },
            ]}
            onChange={setLoss}
          />
        </FieldGrid>
      </fieldset>
      <p className={styles["note"]}>{tellableText(Number(rows), Number(loss))}</p>
      {error !== null && <ErrorNotice error={error} actions={<Button onClick={start}>Run again</Button>} />}
      {progress !== null && (
        <RunProgress
          label="Answers"
          done={progress.done}
          total={progress.total}
          text={
            progress.total === 0
              ? "starting"
              : `${progress.done} of ${progress.total} answers, ${progress.numCorrect} right so far`
          }
        />
      )}
      {report !== null ? (
        <Result report={report} acceptedLoss={Number(loss)} />
      ) : (
        progress === null && (
          <EmptyState title="Nothing measured yet">
            Four wordings of one task, from verbose to over-compressed, each with different numbers of
            examples, answer the same rows.{" "}
            {isNoise
              ? "Withheld: the loaded model has random weights, so its answers have no accuracy."
              : ready
                ? ""
                : "It can run as soon as the model is loaded."}
          </EmptyState>
        )
      )}
      <p className={styles["note"]}>{trainingText}</p>
    </Card>
  );
}

function Result({ report, acceptedLoss }: { report: SweetSpotReport; acceptedLoss: number }) {
  const result = recommend(report.levels, acceptedLoss);
  if (result === null) return null;
  const levels = withLoss(report, result);
  const { environment, settings, aborted } = report;
  return (
    <>
      <p>
        {aborted && <Tag tone="warn">cancelled, what was done is shown</Tag>}{" "}
        <Tag tone="good">recommended</Tag> <b>{result.recommended.title}</b>
      </p>
      <p className={styles["reason"]}>{result.reason}</p>
      <AccuracyChart
        caption="Accuracy against prompt tokens"
        points={levels.map(({ judged, level, recommended }) => ({
          id: level.id,
          title: level.title,
          series: level.wordingTitle,
          tokens: judged.tokens,
          accuracy: judged.accuracy,
          interval: judged.interval,
          mark: judged.verdict,
          recommended,
        }))}
        best={result.best.accuracy}
        accepted={Math.max(0, result.best.accuracy - acceptedLoss)}
        columns={levelColumns}
        rows={levels}
      />
      <DataTable
        caption="Levels of compression"
        columns={levelColumns}
        rows={levels}
        rowKey={({ level }) => level.id}
      />
      <p className={styles["note"]}>
        {environment.modelId ?? "unknown model"} on{" "}
        {environment.server ?? environment.runner ?? "unknown runner"}, greedy, {settings.rows} rows, seed{" "}
        {settings.seed}. Accuracy: all addresses right; Wilson 95%. Difference: the same rows in pairs,
        Bonett-Price 95%.
      </p>
    </>
  );
}
