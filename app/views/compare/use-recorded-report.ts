import { useEffect, useState } from "react";

import { importCompareReport } from "../../lab/import-report.ts";
import type { CompareReport } from "../../lab/report.ts";

/** The recorded run that shows before the first own one; null while it loads or where there is none. */
export function useRecordedReport(): CompareReport | null {
  const [report, setReport] = useState<CompareReport | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    fetch("./traces/compare-user-analysis.json", { signal: controller.signal })
      .then(async (response) => (response.ok ? importCompareReport(await response.json()) : null))
      .then(setReport)
      // Without the recording the view simply starts empty.
      .catch(() => undefined);
    return () => controller.abort();
  }, []);
  return report;
}
