import { useEffect, useState } from "react";

import type { CompareReport } from "../../lab/report.ts";
import { isCompareReport } from "../../lab/reports/saved.ts";

/** The recorded run that shows before the first own one; null while it loads or where there is none. */
export function useRecordedReport(): CompareReport | null {
  const [report, setReport] = useState<CompareReport | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    fetch("./traces/compare-user-analysis.json", { signal: controller.signal })
      .then((response): unknown => (response.ok ? response.json() : null))
      // It came with the app, whose tests read it field by field.
      .then((recorded) => setReport(isCompareReport(recorded) ? recorded : null))
      // Without the recording the view simply starts empty.
      .catch(() => undefined);
    return () => controller.abort();
  }, []);
  return report;
}
