import { useState } from "react";

import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { reportJson, reportMarkdown, type DiagnosticsReport } from "./report.ts";
import styles from "./DiagnosticsView.module.css";

/** Copies the report; where the clipboard is refused, its text can be shown and selected. */
export function ReportCard({ report }: { report: DiagnosticsReport }) {
  const [shown, setShown] = useState(false);
  return (
    <Card title="Report">
      <div className={styles["tags"]}>
        <CopyButton label="Copy Markdown" text={() => reportMarkdown(report)} />
        <CopyButton label="Copy JSON" text={() => reportJson(report)} />
        <Button aria-expanded={shown} onClick={() => setShown(!shown)}>
          {shown ? "Hide the text" : "Show the text"}
        </Button>
      </div>
      <p className={styles["none"]}>
        All of this page for a bug report: no prompts, no keys, no addresses. If the browser refuses the
        clipboard, show the text and copy it by hand.
      </p>
      {shown && (
        <textarea
          className={styles["text"]}
          readOnly
          rows={16}
          aria-label="Report as Markdown"
          value={reportMarkdown(report)}
          onFocus={({ target }) => target.select()}
        />
      )}
    </Card>
  );
}
