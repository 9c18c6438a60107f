/** What a sweep leaves behind. */
import type { EnginePolicy } from "../../../../protocol/index.ts";
import type { Report } from "../../experiment.ts";
import type { FigureTable, Figures } from "../../figures.ts";
import { loadText, type LoadSettings } from "../../load/load.ts";
import { loadSchema } from "../../load/options.ts";
import { policyText } from "../../load/policy-text.ts";
import {
  requestsSchema,
  requestTable,
  stepFiguresSchema,
  summaryCells,
  summaryColumns,
  summarySchema,
} from "../../load/report-parts.ts";
import { policySchema, reportSchema } from "../../report-schema.ts";
import { z } from "../../zod.ts";
import { sweepFinding, sweepRows } from "./findings.ts";
import type { SweepPoint } from "./measure.ts";

export const sweepVersion = 1;

export interface SweepReport extends Report {
  readonly kind: "inferscope.sweep";
  readonly version: typeof sweepVersion;
  readonly load: LoadSettings;
  /** Asked for, ascending. */
  readonly concurrencies: readonly number[];
  readonly policy: EnginePolicy;
  readonly points: readonly SweepPoint[];
}

export const pointsSchema = z.array(
  z.object({
    concurrency: z.int(),
    summary: summarySchema,
    steps: stepFiguresSchema,
    requests: requestsSchema.optional(),
  }),
);

export const sweepSchema = reportSchema("sweep", sweepVersion, {
  load: loadSchema,
  concurrencies: z.array(z.int()),
  policy: policySchema,
  points: pointsSchema,
});

export const sweepFigures = ({ load, concurrencies, policy, points }: SweepReport): Figures => ({
  title: `Output rate at ${concurrencies.join(", ")} at once`,
  settings: [loadText({ ...load, lengths: "same", arrivals: "burst" }), ...policyText(policy)],
  findings: [sweepFinding(points)].filter((text) => text !== null),
  tables: [
    sweepTable(points),
    requestTable(
      points.map(({ concurrency, requests = [] }) => ({ group: `${concurrency} at once`, requests })),
    ),
  ],
  notes: [
    "Each point sends at least 4 requests, the next when one ends, from an empty prefix cache; times are quantiles over its requests. One run a point.",
  ],
});

export const sweepTable = (points: readonly SweepPoint[]): FigureTable => ({
  id: "points",
  title: "Output rate by concurrency",
  head: "At once",
  columns: [
    ...summaryColumns.slice(0, 2),
    { id: "speedup", metric: "speedup", title: "Times the first" },
    ...summaryColumns.slice(2),
  ],
  rows: sweepRows(points).map(({ concurrency, summary, steps, speedup, requests = [] }) => ({
    id: String(concurrency),
    title: String(concurrency),
    cells: summaryCells(summary, steps, requests).toSpliced(2, 0, speedup),
  })),
});
