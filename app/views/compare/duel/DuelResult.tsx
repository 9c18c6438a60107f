import { DeltaBars } from "../../../charts/DeltaBars.tsx";
import { answersText } from "../../../lab/experiments/duel/answers.ts";
import { duelFiguresOf } from "../../../lab/experiments/duel/report-figures.ts";
import { duelRows, loadText, sideText, type DuelRow } from "../../../lab/experiments/duel/rows.ts";
import { reportMarkdown } from "../../../lab/reports/markdown.ts";
import type {
  AnswerCheck,
  DuelReport,
  DuelSide,
  WeightsCheck,
} from "../../../lab/experiments/duel/report.ts";
import { Button } from "../../../ui/Button.tsx";
import { Card } from "../../../ui/Card.tsx";
import { CopyButton } from "../../../ui/CopyButton.tsx";
import { DataTable, type Column } from "../../../ui/DataTable.tsx";
import { download } from "../../../ui/download.ts";
import { ErrorNotice } from "../../../ui/ErrorNotice.tsx";
import { Kpi, KpiRow } from "../../../ui/Kpi.tsx";
import { Tag } from "../../../ui/Tag.tsx";
import styles from "../compare.module.css";
import { duelBars, duelKpis, formulaOf } from "./derive.ts";

/** A duel's report: what ran, whether the weights are the same, the figures, the answers. */
export function DuelResult({ report }: { report: DuelReport }) {
  const { duel } = report;
  const kpis = duelKpis(report);
  const [a, b] = duel.sides;
  return (
    <>
      <p className={styles["source"]}>
        {report.aborted && <Tag tone="warn">cancelled, what was done is shown</Tag>}
        {report.plans.some(({ numInterrupted = 0 }) => numInterrupted > 0) && (
          <Tag tone="warn">interrupted runs left out</Tag>
        )}
        {report.environment.isSoftwareAdapter === true && (
          <Tag tone="warn">software adapter: times are a CPU’s</Tag>
        )}
        {duelFiguresOf(report).settings.join(", ")}
      </p>
      <Weights check={duel.weights} />
      {duel.sides.map(({ id, title, error }) =>
        error === null ? null : (
          <ErrorNotice
            key={id}
            error={{ ...error, message: `${title}: ${error.message}` }}
            meaning="This side ends here; what the other engine measured stays below."
          />
        ),
      )}
      {kpis.length > 0 && (
        <KpiRow>
          {kpis.map(({ row, verdict }) => {
            const [value = "–", unit] = row.to.split(" ");
            return (
              <Kpi
                key={row.id}
                label={`${row.label} of B`}
                formula={formulaOf(row.id)}
                value={value}
                {...(unit === undefined ? {} : { unit })}
                delta={{ text: row.difference, verdict }}
                note={`from ${row.from} of A, ${row.n < 2 ? "" : `[${row.interval}], `}n = ${row.n}`}
              />
            );
          })}
        </KpiRow>
      )}
      <Sides report={report} />
      {kpis.length > 0 && (
        <div className={styles["two"]}>
          <Card title="The difference" tag={`${a.title} → ${b.title}`}>
            <DeltaBars caption="Relative change of each metric from A to B" rows={duelBars(report)} />
          </Card>
          <Card title="Every figure" tag="rows in pairs">
            <DataTable
              caption="Figures of both engines"
              columns={figureColumns}
              rows={duelRows(report)}
              rowKey={({ id }) => id}
            />
          </Card>
        </div>
      )}
      {duel.answers.length > 0 && <Answers answers={duel.answers} />}
    </>
  );
}

function Weights({ check: { verdict, text } }: { check: WeightsCheck }) {
  if (verdict === "unknown") return null;
  return (
    <p className={styles["source"]} role={verdict === "different" ? "alert" : "note"}>
      <Tag tone={verdict === "same" ? "good" : "warn"}>
        {{ same: "same weights", "named-alike": "same by name", different: "different weights" }[verdict]}
      </Tag>
      {text}
    </p>
  );
}

function Sides({ report }: { report: DuelReport }) {
  const answered = ({ id }: DuelSide) => report.plans.find(({ plan }) => plan === id)?.n ?? 0;
  return (
    <Card title="What ran">
      <DataTable
        caption="The two engines"
        columns={[
          { key: "side", header: "", cell: (side) => (side === report.duel.sides[0] ? "A" : "B") },
          { key: "engine", header: "engine", cell: ({ title }) => title },
          { key: "ran", header: "model and device", cell: sideText },
          {
            key: "loads",
            header: "load time",
            align: "right",
            formula: "from the order to load until the model answers; the first includes compiling kernels",
            cell: loadText,
          },
          { key: "n", header: "rows answered", align: "right", cell: answered },
        ]}
        rows={report.duel.sides}
        rowKey={({ id }) => id}
      />
    </Card>
  );
}

const figureColumns: readonly Column<DuelRow>[] = [
  { key: "label", header: "figure", cell: ({ label }) => label },
  { key: "from", header: "A", align: "right", cell: ({ from }) => from },
  { key: "to", header: "B", align: "right", cell: ({ to }) => to },
  { key: "difference", header: "B − A", align: "right", cell: ({ difference }) => difference },
  { key: "interval", header: "95% interval", align: "right", cell: ({ interval }) => interval },
  { key: "ratio", header: "B / A", align: "right", cell: ({ ratio }) => ratio?.toFixed(2) ?? "–" },
  { key: "n", header: "rows", align: "right", cell: ({ n }) => n },
];

function Answers({ answers }: { answers: readonly AnswerCheck[] }) {
  const parted = answers.filter(({ firstDifference }) => firstDifference !== null);
  return (
    <Card title="Are the answers the same?" tag="greedy">
      <p className={styles["note"]}>
        {answersText(answers)}.
        {parted.length > 0 &&
          " Two engines add up in different orders, so a near tie of two tokens may fall either way; everything after it differs."}
      </p>
      {parted.length > 0 && (
        <DataTable
          caption="Where the answers part"
          columns={[
            { key: "row", header: "row", cell: ({ label }) => label },
            { key: "call", header: "call", cell: ({ firstDifference }) => firstDifference?.callId },
            {
              key: "at",
              header: "first difference",
              cell: ({ basis, firstDifference }) =>
                `${basis === "text" ? "character" : "token"} ${(firstDifference?.position ?? 0) + 1}`,
            },
            { key: "a", header: "A", cell: ({ firstDifference }) => <Piece text={firstDifference?.from} /> },
            { key: "b", header: "B", cell: ({ firstDifference }) => <Piece text={firstDifference?.to} /> },
          ]}
          rows={parted}
          rowKey={({ row }) => row}
          maxHeight={320}
        />
      )}
    </Card>
  );
}

const Piece = ({ text = "" }: { text: string | undefined }) =>
  text === "" ? <i>ended</i> : <code>{JSON.stringify(text)}</code>;

/** The report as files, and as Markdown on the clipboard. */
export function DuelExports({ report }: { report: DuelReport }) {
  return (
    <>
      <Button onClick={() => download("duel.json", "application/json", JSON.stringify(report, null, 1))}>
        Export JSON
      </Button>
      <CopyButton label="Copy Markdown" text={() => reportMarkdown(report, duelFiguresOf(report))} />
    </>
  );
}
