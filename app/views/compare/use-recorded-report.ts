import { useEffect, useState } from "react";

import type { CompareReport } from "../../lab/experiments/compare/report.ts";

/** The recorded run that shows before the first own one; null while it loads or where there is none. */
export function useRecordedReport(): CompareReport | null {
  const [report, setReport] = useState<CompareReport | null>(null);
  useEffect(() => {
    let isCurrent = true;
    fetch("./traces/compare-user-analysis.json")
      .then((response): unknown => (response.ok ? response.json() : null))
      // It came with the app, whose tests read it field by field.
      .then((recorded) => {
        if (isCurrent) setReport(recorded as CompareReport | null);
      })
      // Without the recording the view simply starts empty.
      .catch(() => undefined);
    return () => {
      isCurrent = false;
    };
  }, []);
  return report;
}
