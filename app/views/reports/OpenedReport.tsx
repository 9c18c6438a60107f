import { useMemo } from "react";

import { experimentExports } from "../../lab/reports/exports.ts";
import { figuresCsv } from "../../lab/reports/csv.ts";
import { conditions, deltaText, figureDeltas, type FigureDelta } from "../../lab/reports/deltas.ts";
import { reportMarkdown } from "../../lab/reports/markdown.ts";
import { reportJson, type ReadReport } from "../../lab/reports/read.ts";
import { cellText } from "../../lab/figures.ts";
import type { ReportSummary } from "../../store/report-storage.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { DataTable, type Column } from "../../ui/DataTable.tsx";
import { download } from "../../ui/download.ts";
import { FigureTables } from "../../ui/FigureTables.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { dateText, fileName, intervalText } from "./derive.ts";
import styles from "./reports.module.css";
import { useOpened } from "./use-opened.ts";

interface OpenedReportProps {
  summary: ReportSummary;
  baseline: ReportSummary | null;
}

/** One report: its files, and its figures, against the baseline where one is pinned. */
export function OpenedReport({ summary, baseline }: OpenedReportProps) {
  const read = useOpened(summary.id);
  const against = useOpened(baseline === null || baseline.id === summary.id ? null : baseline.id);
  if (read === null) return null;
  if (read === "loading") return <p className={styles["note"]}>Reading the report…</p>;
  return (
    <Card
      title={`${summary.title}, ${dateText(summary.date)}`}
      tag={`${summary.model} on ${summary.adapter}`}
      actions={summary.state === "cancelled" && <Tag tone="warn">cancelled, what was done is shown</Tag>}
    >
      <Exports summary={summary} read={read} />
      {read.figures.settings.length > 0 && (
        <p className={styles["note"]}>{read.figures.settings.join(", ")}</p>
      )}
      {against === null || against === "loading" ? (
        <>
          <FigureTables figures={read.figures} />
          <p className={styles["note"]}>
            {baseline?.id === summary.id
              ? "This is the baseline: open another report to compare it."
              : "Pin a report as the baseline to see the difference."}
          </p>
        </>
      ) : (
        <Deltas baseline={against} read={read} />
      )}
    </Card>
  );
}

function Exports({ summary, read }: { summary: ReportSummary; read: ReadReport }) {
  const { report, figures } = read;
  const { trace, share } = experimentExports(report);
  const save = (extension: string, type: string, text: string) =>
    download(fileName(summary, extension), type, text);
  return (
    <div className={styles["exports"]}>
      <Button onClick={() => save("json", "application/json", reportJson(report))}>Export JSON</Button>
      <Button onClick={() => save("csv", "text/csv", figuresCsv(figures))}>Export CSV</Button>
      <Button onClick={() => save("md", "text/markdown", reportMarkdown(report, figures))}>
        Export Markdown
      </Button>
      {trace !== null && (
        <Button
          title="Opens in Perfetto (ui.perfetto.dev) and chrome://tracing"
          onClick={() => save("trace.json", "application/json", trace())}
        >
          Export Chrome trace
        </Button>
      )}
      {share.type === "own-prompts" && (
        <span className={styles["note"]}>
          A share link holds no prompts, so there is none for your own: the exported JSON holds the rows and
          plans, and so does an export from Plans.
        </span>
      )}
      {share.type === "link" && (
        <>
          <CopyButton
            label="Copy share link"
            text={() => `${window.location.href.split("#")[0] ?? ""}${share.fragment()}`}
          />
          <span className={styles["note"]}>
            The link holds settings only: no prompts, no answers, no figures.
          </span>
        </>
      )}
    </div>
  );
}

function Deltas({ baseline, read }: { baseline: ReadReport; read: ReadReport }) {
  const differ = conditions([baseline.report, read.report], [baseline.figures, read.figures]);
  // A thousand resamples of each figure: once for the two, not with every message beside them.
  const deltas = useMemo(
    () => (baseline.report.kind === read.report.kind ? figureDeltas(baseline.figures, read.figures) : []),
    [baseline, read],
  );
  return (
    <>
      {differ.length > 0 && (
        <div className={styles["warning"]} role="note">
          Not measured under the same conditions: {differ.join("; ")}.
        </div>
      )}
      <DataTable
        caption="Differences from the baseline"
        columns={deltaColumns}
        rows={deltas}
        rowKey={({ key }) => key}
        maxHeight={480}
      />
      <p className={styles["note"]}>
        {deltas.length === 0
          ? "The two have no figure in common."
          : "Intervals: 95%, bootstrap, each report’s samples resampled by themselves. Where the interval holds zero, the difference may be chance."}
      </p>
    </>
  );
}

const marks = { better: "▲ better", worse: "▼ worse", same: "no difference shown" } as const;

const deltaColumns: readonly Column<FigureDelta>[] = [
  { key: "label", header: "figure", cell: ({ label }) => label },
  { key: "from", header: "baseline", align: "right", cell: ({ column, from }) => cellText(column, from) },
  { key: "to", header: "this report", align: "right", cell: ({ column, to }) => cellText(column, to) },
  {
    key: "delta",
    header: "difference",
    align: "right",
    cell: (delta) => deltaText(delta, delta.to - delta.from),
  },
  { key: "interval", header: "95% interval", align: "right", cell: intervalText },
  {
    key: "verdict",
    header: "",
    cell: ({ verdict, better }) => (
      <span className={styles[verdict]}>{better === "neither" ? "" : marks[verdict]}</span>
    ),
  },
  { key: "n", header: "n", align: "right", cell: ({ n: [from, to] }) => `${from ?? "–"}, ${to ?? "–"}` },
];
