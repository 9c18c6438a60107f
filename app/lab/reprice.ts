/** The same measurement under other prices: cost is arithmetic on its token counts. */
import type { PriceSheet } from "./pricing.ts";
import { buildReport, type CompareReport } from "./report.ts";
import type { Workload } from "./workload.ts";

export function reprice(report: CompareReport, workload: Workload, sheet: PriceSheet): CompareReport {
  const { samples, rows, aborted, settings, environment } = report;
  const plans = settings.plans.flatMap((id) => workload.plans.filter((plan) => plan.id === id));
  return buildReport(workload, { ...settings, plans }, { samples, rows, aborted }, environment, sheet);
}
