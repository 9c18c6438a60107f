/** The same measurement under other prices: cost is arithmetic on its token counts. */
import type { PriceSheet } from "../../pricing/pricing.ts";
import { buildReport, type CompareReport } from "./report.ts";

export function reprice(report: CompareReport, sheet: PriceSheet): CompareReport {
  const { workload, samples, rows, aborted, settings, environment, steps } = report;
  const titles = new Map(report.plans.map(({ plan, title }) => [plan, title]));
  const plans = settings.plans.map((id) => ({ id, title: titles.get(id) ?? id }));
  return buildReport(workload, { ...settings, plans }, { samples, rows, aborted }, environment, sheet, steps);
}
