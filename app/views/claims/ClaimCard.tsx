import type { Metric } from "../../lab/claims/claim.ts";
import { figureText, intervalText, type ClaimPart, type ClaimResult } from "../../lab/claims/report.ts";
import { thresholdText, valueText, verdictWords } from "../../lab/claims/verdict.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { DataTable, type Column } from "../../ui/DataTable.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatDuration } from "../../lab/format.ts";
import { Tag } from "../../ui/Tag.tsx";
import { Formula } from "../../ui/Tooltip.tsx";
import styles from "./claims.module.css";
import { verdictHint, verdictTone, type BoardEntry } from "./derive.ts";

interface ClaimCardProps {
  entry: BoardEntry;
  canMeasure: boolean;
  onMeasure: () => void;
}

/** One claim: what it says, how it is tested, and what came out here. */
export function ClaimCard({
  entry: { claim, result, failure, state },
  canMeasure,
  onMeasure,
}: ClaimCardProps) {
  const isArithmetic = claim.metrics.every(({ basis }) => basis === "arithmetic");
  return (
    <Card
      title={`${claim.id}. ${claim.title}`}
      actions={
        <>
          {result !== null && <Tag tone={verdictTone[result.verdict]}>{verdictWords[result.verdict]}</Tag>}
          <Button
            size="small"
            disabled={!canMeasure}
            aria-label={`Measure claim ${claim.id} here`}
            onClick={onMeasure}
          >
            {state === "running" ? "Measuring…" : isArithmetic ? "Compute here" : "Measure here"}
          </Button>
        </>
      }
    >
      <blockquote className={styles["claim"]}>{claim.claim}</blockquote>
      {result !== null ? <Result result={result} /> : <Plan metrics={claim.metrics} method={claim.method} />}
      {failure !== null && (
        <ErrorNotice
          error={failure.error}
          tone="warning"
          meaning="This claim has no figure; the others are not touched by it."
        />
      )}
    </Card>
  );
}

/** Before the measurement: method and thresholds, as they were declared. */
function Plan({ metrics, method }: { metrics: readonly Metric[]; method: string }) {
  return (
    <>
      <p className={styles["note"]}>{method}</p>
      <ul className={styles["metrics"]}>
        {metrics.map((metric) => (
          <li key={metric.id}>
            <Formula name={metric.label} formula={metric.formula} />: {thresholdText(metric)}
          </li>
        ))}
      </ul>
    </>
  );
}

function Result({ result }: { result: ClaimResult }) {
  const [first] = result.parts;
  const hint = verdictHint(result);
  return (
    <>
      {first !== undefined && (
        <p className={styles["figure"]}>
          <strong>{valueText(first)}</strong>
          <span>
            <Formula name={first.metric.label} formula={first.metric.formula} />
            <small>
              {result.basis === "arithmetic"
                ? "arithmetic, not measured"
                : `${intervalText(first) ?? ""} n = ${first.n}, ${formatDuration(result.seconds)}`}
            </small>
          </span>
        </p>
      )}
      {hint !== null && <p className={styles["note"]}>{hint}</p>}
      {result.notes.map((note) => (
        <p key={note} className={styles["note"]}>
          {note}
        </p>
      ))}
      <details>
        <summary>Figures, formulas, thresholds</summary>
        <DataTable
          caption={`Figures of claim ${result.id}`}
          columns={columns}
          rows={result.parts}
          rowKey={({ metric }) => metric.id}
        />
        <p className={styles["note"]}>
          {result.method} Clock: {result.clock}.
        </p>
      </details>
    </>
  );
}

const columns: readonly Column<ClaimPart>[] = [
  { key: "metric", header: "metric", cell: ({ metric }) => metric.label },
  // Next to its name, so that a phone shows it without scrolling.
  { key: "verdict", header: "verdict", cell: ({ verdict }) => verdictWords[verdict] },
  { key: "value", header: "measured", align: "right", cell: figureText },
  { key: "n", header: "n", align: "right", cell: ({ n }) => n },
  { key: "thresholds", header: "thresholds", cell: ({ thresholds }) => thresholds },
  { key: "basis", header: "basis", cell: ({ metric }) => metric.basis },
  { key: "formula", header: "formula", cell: ({ metric }) => metric.formula },
];
