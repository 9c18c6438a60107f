import { useRef, useState } from "react";

import { useReports, useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { ViewHeader } from "../../ui/ViewHeader.tsx";
import { OpenedReport } from "./OpenedReport.tsx";
import { ReportTable } from "./ReportTable.tsx";
import styles from "./reports.module.css";
import { SharedCard } from "./SharedCard.tsx";
import { SpeedCost } from "./SpeedCost.tsx";

/** Every run that was kept, and what changed against a baseline. */
export function ReportsView() {
  const { reports } = useServices();
  const list = useReports((state) => state.list);
  const baselineId = useReports((state) => state.baselineId);
  const isKept = useReports((state) => state.isKept);
  const error = useReports((state) => state.error);
  const [openId, setOpenId] = useState<string | null>(null);
  const opened =
    list?.find(({ id }) => id === openId) ?? list?.find(({ id }) => id !== baselineId) ?? list?.[0] ?? null;
  const baseline = list?.find(({ id }) => id === baselineId) ?? null;

  const importFiles = async (files: readonly File[]) => {
    const ids = await reports.actions.importFiles(files);
    const last = ids.at(-1);
    if (last !== undefined) setOpenId(last);
  };
  return (
    <div
      className={styles["view"]}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void importFiles([...event.dataTransfer.files]);
      }}
    >
      <ViewHeader
        question="What changed from run to run?"
        sub="Every run is kept as a report with its raw samples. Pin one as the baseline, open another, see the difference."
        actions={<ImportButton onFiles={(files) => void importFiles(files)} />}
      />
      <SharedCard onDone={setOpenId} />
      {error !== null && (
        <ErrorNotice
          error={error}
          meaning="The reports that are kept were not touched."
          actions={<Button onClick={() => reports.actions.dismissError()}>Dismiss</Button>}
        />
      )}
      {!isKept && (
        <p className={styles["note"]}>
          This browser lets the page store nothing: reports are gone when it closes. Export what you need.
        </p>
      )}
      {list === null && <p className={styles["note"]}>Reading the reports…</p>}
      {list?.length === 0 && (
        <EmptyState
          title="No report yet"
          action={
            <a className={styles["link"]} href="#/compare">
              Run the comparison
            </a>
          }
        >
          Every run leaves a report here. Exported files can be imported, or dropped on this page.
        </EmptyState>
      )}
      {list !== null && list.length > 0 && (
        <Card title="Reports" tag={`${list.length} kept in this browser`}>
          <ReportTable list={list} openId={opened?.id ?? null} baselineId={baselineId} onOpen={setOpenId} />
        </Card>
      )}
      {opened !== null && <OpenedReport key={opened.id} summary={opened} baseline={baseline} />}
      {list !== null && <SpeedCost list={list} />}
    </div>
  );
}

function ImportButton({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        multiple
        hidden
        aria-label="Report files"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          // The same file may be chosen again.
          event.target.value = "";
        }}
      />
      <Button size="large" onClick={() => input.current?.click()}>
        Import JSON
      </Button>
    </>
  );
}
