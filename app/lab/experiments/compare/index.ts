/** Prompt plans over the same rows, interleaved: what each costs, and how often it is right. */
import { deserializeError } from "../../../../protocol/index.ts";
import { cancelled, defineExperiment } from "../../experiment.ts";
import { interruptedError, interruptionOf } from "../../interruptions.ts";
import { recordSteps } from "../../step-records.ts";
import { chosenWorkload } from "../../workloads/option.ts";
import { compareFigures } from "./figures.ts";
import { LiveCompare } from "./live.ts";
import { compareOptions, plansOf } from "./options.ts";
import { buildReport, compareVersion, counts, type CompareReport } from "./report.ts";
import { runCompare, type CompareRun } from "./run.ts";
import { compareSchema } from "./schema.ts";

export const experiment = defineExperiment({
  id: "compare",
  title: "What does a prompt plan cost?",
  about: "Prompt plans over the same rows: calls, tokens, times, cost, and how often the answer is right.",
  options: compareOptions,
  async run(
    context,
    { plans, rows, repeats, seed, cache, prices, ...given },
    emit,
    signal,
  ): Promise<CompareReport> {
    const { engine, serving, environment } = context;
    const { workload, definition } = chosenWorkload(given.workload, context);
    const settings = {
      ...{ rows, repeats, seed },
      plans: plansOf(workload, plans),
      // A server's cache is not ours to empty.
      cache: engine.canClearCache?.() === false ? ("warm" as const) : cache,
    };
    const { value: run, steps } = await recordSteps(serving, () =>
      runCompare(engine, workload, settings, {
        signal,
        onEvent: (event) => {
          emit(event);
          if (event.type === "call") return;
          emit({ type: "progress", done: event.done, total: event.total, label: "rows answered" });
        },
      }),
    );
    throwIfNothing(run);
    return {
      ...buildReport(workload, settings, run, await environment(), prices, steps),
      ...(definition === null ? {} : { definition }),
    };
  },
  report: { version: compareVersion, schema: compareSchema },
  figures: compareFigures,
  live: () => new LiveCompare(),
});

/** A run in which nothing was answered, or nothing counts, is no measurement: its first error is the result. */
function throwIfNothing({ samples, aborted }: CompareRun): void {
  if (samples.some(counts)) return;
  const interruption = interruptionOf(samples.flatMap(({ calls }) => calls));
  if (samples.some(({ error }) => error === null) && interruption !== null) {
    throw interruptedError(interruption);
  }
  const first = samples.find(({ error }) => error !== null)?.error;
  if (aborted || first == null) throw cancelled();
  throw deserializeError({ ...first, message: `No row could be answered: ${first.message}` });
}
