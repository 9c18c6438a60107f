/** What a batch run leaves behind: the same arrivals under each mode, and the sweep where it was asked for. */
import type { EnginePolicy } from "../../../../protocol/index.ts";
import type { Report } from "../../experiment.ts";
import type { Figures } from "../../figures.ts";
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
import type { SweepPoint } from "../sweep/measure.ts";
import { pointsSchema, sweepTable } from "../sweep/report.ts";
import { batchingNames, failureText, modeFinding, type BatchMode } from "./findings.ts";

export const batchVersion = 2;

export interface BatchReport extends Report {
  readonly kind: "inferscope.batch";
  readonly version: typeof batchVersion;
  readonly load: LoadSettings;
  readonly modes: readonly BatchMode[];
  /** Null without a sweep. */
  readonly sweepPolicy: EnginePolicy | null;
  readonly sweep: readonly SweepPoint[];
}

export const batchSchema = reportSchema("batch", batchVersion, {
  load: loadSchema,
  modes: z
    .array(
      z.object({
        policy: policySchema,
        summary: summarySchema,
        steps: stepFiguresSchema,
        numEvictions: z.int(),
        errors: z.array(z.string()),
        aborted: z.boolean(),
        requests: requestsSchema,
      }),
    )
    .min(1),
  sweepPolicy: policySchema.nullable(),
  sweep: pointsSchema,
});

/** Version 1 kept no requests and no cancelled runs. */
export function migrateBatch(json: Readonly<Record<string, unknown>>) {
  if (json["version"] !== 1 || !Array.isArray(json["modes"])) return null;
  const modes = json["modes"].map((mode: unknown) =>
    typeof mode === "object" && mode !== null ? { ...mode, aborted: false, requests: [] } : mode,
  );
  return { ...json, version: batchVersion, aborted: false, modes };
}

export function batchFigures({ load, modes, sweep, sweepPolicy }: BatchReport): Figures {
  const [first] = modes;
  const finding = modeFinding(modes);
  return {
    title: modes.map(({ policy }) => batchingNames[policy.batching]).join(", "),
    settings: [loadText(load), ...(first === undefined ? [] : policyText(first.policy))],
    findings: [
      ...(finding === null ? [] : [finding]),
      ...modes.flatMap(({ policy, errors, requests }) => {
        const failure = failureText(errors, requests.length);
        return failure === null ? [] : [`${batchingNames[policy.batching]}: ${failure}`];
      }),
    ],
    tables: [
      {
        id: "modes",
        title: "By batching mode",
        head: "Batching",
        columns: summaryColumns,
        rows: modes.map(({ policy, summary, steps, requests }) => ({
          id: policy.batching,
          title: policy.batching,
          cells: summaryCells(summary, steps, requests),
        })),
      },
      ...(sweep.length === 0 ? [] : [sweepTable(sweep)]),
      requestTable(modes.map(({ policy, requests }) => ({ group: policy.batching, requests }))),
    ],
    notes: [
      "The prefix cache is emptied before each mode. Times are quantiles over the requests. One run a mode.",
      ...(sweepPolicy === null
        ? []
        : [
            `In the sweep every answer has exactly ${load.maxTokens} tokens; at most ${sweepPolicy.maxNumSeqs} sequences at once.`,
          ]),
    ],
  };
}
