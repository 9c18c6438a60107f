/** One plan on two engines with the same weights, by turns. */
import { defineExperiment } from "../../experiment.ts";
import { LiveDuel } from "./live.ts";
import { duelOptions, readDuelOptions } from "./options.ts";
import { duelFiguresOf } from "./report-figures.ts";
import { duelVersion } from "./report.ts";
import { runDuel } from "./run-duel.ts";
import { duelSchema, migrateDuel } from "./schema.ts";

export const experiment = defineExperiment({
  id: "duel",
  title: "Which engine is quicker?",
  about: "One plan on two engines with the same weights: times, output rate, and where the answers part.",
  options: duelOptions,
  run: (lab, options, emit, signal) =>
    runDuel(
      lab,
      readDuelOptions(options, lab),
      (event) => {
        emit(event);
        if (event.type === "load" || event.type === "sample-done") {
          emit({ type: "progress", done: event.done, total: event.total, label: "rows answered" });
        }
      },
      signal,
    ),
  report: { version: duelVersion, schema: duelSchema, migrate: migrateDuel },
  figures: duelFiguresOf,
  live: () => new LiveDuel(),
});
