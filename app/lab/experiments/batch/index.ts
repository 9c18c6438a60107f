/** The same arrivals under continuous, static and no batching, and the output rate against concurrency. */
import { cancelled, defineExperiment } from "../../experiment.ts";
import { loadOptions } from "../../load/options.ts";
import { toLoad } from "../../load/plain-options.ts";
import { option, policyOption } from "../../option.ts";
import { withPolicy } from "../../with-policy.ts";
import { z } from "../../zod.ts";
import { measureSweep } from "../sweep/measure.ts";
import { concurrencyList } from "../sweep/options.ts";
import { LiveBatch, type BatchEvent } from "./live.ts";
import { batchingNames, type BatchMode } from "./findings.ts";
import { batchFigures, batchSchema, batchVersion, migrateBatch, type BatchReport } from "./report.ts";
import { measureMode, warmUp, type BatchRun } from "./run.ts";

const batchings = z.enum(["continuous", "static", "none"]);

export const experiment = defineExperiment({
  id: "batch",
  title: "What does batching do?",
  about: "The same arrivals under continuous, static and no batching, and a sweep of the concurrency.",
  options: z.strictObject({
    modes: option(
      z
        .array(batchings)
        .min(1)
        .max(3)
        .default(["continuous", "static", "none"])
        .refine((modes) => new Set(modes).size === modes.length, "each mode once"),
      { title: "Modes", help: "Batching modes, in the order in which they run", labels: batchingNames },
    ),
    sequences: option(z.int().min(1).max(256).nullable().default(4), {
      title: "Sequences at once",
      help: "Running sequences at most in every mode: where all fit, static and continuous do the same",
      none: "as the policy says",
    }),
    sweep: option(concurrencyList([1, 2, 4, 8]), {
      title: "Sweep",
      help: "Requests at once in the sweep that follows, or none",
    }),
    ...loadOptions({ numRequests: 16, maxTokens: 48, lengths: "mixed" }),
    policy: policyOption(),
  }),
  async run(
    { serving, environment },
    { modes, sequences, sweep, policy, ...given },
    emit,
    signal,
  ): Promise<BatchReport> {
    const load = toLoad(given);
    const total = modes.length * load.numRequests;
    const run: BatchRun = {
      ...{ serving, load, signal },
      policy: { ...(sequences === null ? {} : { maxNumSeqs: sequences }), ...policy },
      emit: (event: BatchEvent) => emit(event),
      progress: (batching, done) =>
        emit({
          type: "progress",
          done: measured.length * load.numRequests + done,
          total,
          label: `requests answered, ${batchingNames[batching].toLowerCase()}`,
        }),
    };
    const measured: BatchMode[] = [];
    await warmUp(run);
    for (const batching of modes) {
      const mode = signal.aborted ? null : await measureMode(run, batching);
      if (mode !== null) measured.push(mode);
    }
    if (measured.length === 0) throw cancelled();
    const swept =
      signal.aborted || sweep.length === 0
        ? null
        : await withPolicy(serving, policy, async (inEffect) => ({
            sweepPolicy: inEffect,
            sweep: await measureSweep(serving, load, [...new Set(sweep)], {
              signal,
              onPoint: ({ concurrency }) =>
                emit({
                  type: "progress",
                  done: total,
                  total,
                  label: `sweep, ${concurrency} at once measured`,
                }),
            }),
          }));
    return {
      kind: "inferscope.batch",
      version: batchVersion,
      environment: await environment(),
      aborted: measured.length < modes.length || measured.some(({ aborted }) => aborted) || signal.aborted,
      load,
      modes: measured,
      ...(swept ?? { sweepPolicy: null, sweep: [] }),
    };
  },
  report: { version: batchVersion, schema: batchSchema, migrate: migrateBatch },
  figures: batchFigures,
  live: () => new LiveBatch(),
});
