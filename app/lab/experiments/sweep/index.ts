/** How far batching carries: output rate and latency against the number of requests at once. */
import { cancelled, defineExperiment, type LiveRun } from "../../experiment.ts";
import { loadOptions } from "../../load/options.ts";
import { toLoad } from "../../load/plain-options.ts";
import { option, policyOption } from "../../option.ts";
import { withPolicy } from "../../with-policy.ts";
import { z } from "../../zod.ts";
import { measureSweep, type SweepPoint } from "./measure.ts";
import { concurrencyList } from "./options.ts";
import { sweepFigures, sweepSchema, sweepVersion, type SweepReport } from "./report.ts";

export interface PointEvent {
  readonly type: "point-done";
  readonly point: SweepPoint;
}

/** The points so far. */
export class LiveSweep implements LiveRun<PointEvent> {
  readonly points: SweepPoint[] = [];

  take({ point }: PointEvent): void {
    this.points.push(point);
  }
}

export const experiment = defineExperiment({
  id: "sweep",
  title: "How far does batching carry?",
  about: "The same requests, 1 to 32 of them at a time: output rate and latency against concurrency.",
  options: z.strictObject({
    concurrencies: option(
      concurrencyList([1, 2, 4, 8, 16, 32]).refine((list) => list.length > 0, "at least one"),
      {
        title: "At once",
        help: "Requests in flight, one point each",
        flag: "at-once",
      },
    ),
    ...loadOptions({ maxTokens: 48, lengths: "same" }),
    policy: policyOption(),
  }),
  run: ({ serving, environment }, { concurrencies: given, policy, ...load }, emit, signal) =>
    withPolicy(serving, policy, async (inEffect): Promise<SweepReport> => {
      const concurrencies = [...new Set(given)].sort((a, b) => a - b);
      let done = 0;
      const progress = () =>
        emit({ type: "progress", done, total: concurrencies.length, label: "points measured" });
      progress();
      const points = await measureSweep(serving, toLoad(load), concurrencies, {
        signal,
        onPoint: (point) => {
          done += 1;
          emit({ type: "point-done", point });
          progress();
        },
      });
      if (points.length === 0) throw cancelled();
      return {
        kind: "inferscope.sweep",
        version: sweepVersion,
        environment: await environment(),
        aborted: points.length < concurrencies.length,
        load: toLoad(load),
        concurrencies,
        policy: inEffect,
        points,
      };
    }),
  report: { version: sweepVersion, schema: sweepSchema },
  figures: sweepFigures,
  live: () => new LiveSweep(),
});
