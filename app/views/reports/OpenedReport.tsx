import { useMemo } from "react";

import { figureText } from "../../lab/claims/report.ts";
import { verdictWords } from "../../lab/claims/verdict.ts";
import { isDuel } from "../../lab/duel/report.ts";
import { chromeTrace } from "../../lab/reports/chrome-trace.ts";
import { savedCsv } from "../../lab/reports/csv.ts";
import { comparability, reportDeltas, reportFigures, type ReportDelta } from "../../lab/reports/figures.ts";
import { savedJson, savedMarkdown } from "../../lab/reports/files.ts";
import type { SavedReport } from "../../lab/reports/saved.ts";
import { sharedSettings, shareFragment } from "../../lab/reports/share.ts";
import type { ReportSummary } from "../../store/report-storage.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { DataTable, type Column } from "../../ui/DataTable.tsx";
import { dateText, fileName, intervalText, signed } from "./derive.ts";
import { download } from "../../ui/download.ts";
import styles from "./reports.module.css";
import { useOpened } from "./use-opened.ts";

interface OpenedReportProps {
  summary: ReportSummary;
  baseline: ReportSummary | null;
}

/** One report: its files, and its figures, against the baseline where one is pinned. */
export function OpenedReport({ summary, baseline }: OpenedReportProps) {
  const report = useOpened(summary.id);
  const against = useOpened(baseline === null || baseline.id === summary.id ? null : baseline.id);
  if (report === null) return null;
  if (report === "loading") return <p className={styles["note"]}>Reading the report…</p>;
  return (
    <Card
      title={`${summary.title}, ${dateText(summary.date)}`}
      tag={`${summary.model} on ${summary.adapter}`}
    >
      <Exports summary={summary} report={report} />
      {against === null || against === "loading" ? (
        <>
          <Figures report={report} />
          <p className={styles["note"]}>
            {baseline?.id === summary.id
              ? "This is the baseline: open another report to compare it."
              : "Pin a report as the baseline to see the difference."}
          </p>
        </>
      ) : (
        <Deltas baseline={against} report={report} />
      )}
    </Card>
  );
}

function Exports({ summary, report }: { summary: ReportSummary; report: SavedReport }) {
  const save = (extension: string, type: string, text: string) =>
    download(fileName(summary, extension), type, text);
  return (
    <div className={styles["exports"]}>
      <Button onClick={() => save("json", "application/json", savedJson(report))}>Export JSON</Button>
      <Button onClick={() => save("csv", "text/csv", savedCsv(report))}>Export CSV</Button>
      <Button onClick={() => save("md", "text/markdown", savedMarkdown(report))}>Export Markdown</Button>
      {report.kind === "inferscope.compare" && (
        <>
          <Button
            title="Opens in Perfetto (ui.perfetto.dev) and chrome://tracing"
            onClick={() => save("trace.json", "application/json", JSON.stringify(chromeTrace(report)))}
          >
            Export Chrome trace
          </Button>
          {isDuel(report) ? null : report.workload.id.startsWith("own-") ? (
            <span className={styles["note"]}>
              A share link holds no prompts, so there is none for your own: the Plans view exports them.
            </span>
          ) : (
            <>
              <CopyButton
                label="Copy share link"
                text={() =>
                  `${window.location.href.split("#")[0] ?? ""}${shareFragment(sharedSettings(report))}`
                }
              />
              <span className={styles["note"]}>
                The link holds settings only: no prompts, no answers, no figures.
              </span>
            </>
          )}
        </>
      )}
    </div>
  );
}

function Figures({ report }: { report: SavedReport }) {
  if (report.kind === "inferscope.claims") {
    return (
      <DataTable
        caption="Claims of this report"
        columns={[
          { key: "id", header: "#", align: "right", cell: ({ id }) => id },
          { key: "title", header: "claim", cell: ({ title }) => title },
          { key: "verdict", header: "verdict", cell: ({ verdict }) => verdictWords[verdict] },
          {
            key: "value",
            header: "measured",
            align: "right",
            cell: ({ parts: [first] }) => (first ? figureText(first) : "–"),
          },
          { key: "n", header: "n", align: "right", cell: ({ n }) => n },
          { key: "formula", header: "formula", cell: ({ formula }) => formula },
        ]}
        rows={report.claims}
        rowKey={({ id }) => id}
      />
    );
  }
  return (
    <DataTable
      caption="Figures of this report"
      columns={[
        { key: "label", header: "figure", cell: ({ label }) => label },
        { key: "value", header: "value", align: "right", cell: ({ value, format }) => format(value) },
        { key: "n", header: "n", align: "right", cell: ({ n }) => n },
      ]}
      rows={reportFigures(report)}
      rowKey={({ key }) => key}
      maxHeight={420}
    />
  );
}

function Deltas({ baseline, report }: { baseline: SavedReport; report: SavedReport }) {
  const warnings = comparability(baseline, report);
  // A thousand resamples of each figure: once for the two, not with every message beside them.
  const deltas = useMemo(() => reportDeltas(baseline, report), [baseline, report]);
  return (
    <>
      {warnings.length > 0 && (
        <div className={styles["warning"]} role="note">
          The two differ in more than chance: {warnings.join("; ")}
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

const deltaColumns: readonly Column<ReportDelta>[] = [
  { key: "label", header: "figure", cell: ({ label }) => label },
  { key: "from", header: "baseline", align: "right", cell: ({ from, format }) => format(from) },
  { key: "to", header: "this report", align: "right", cell: ({ to, format }) => format(to) },
  {
    key: "delta",
    header: "difference",
    align: "right",
    cell: (delta) => signed(delta, delta.to - delta.from),
  },
  { key: "interval", header: "95% interval", align: "right", cell: intervalText },
  {
    key: "verdict",
    header: "",
    cell: ({ verdict, better }) => (
      <span className={styles[verdict]}>{better === "neither" ? "" : marks[verdict]}</span>
    ),
  },
  { key: "n", header: "n", align: "right", cell: ({ n: [from, to] }) => `${from}, ${to}` },
];
