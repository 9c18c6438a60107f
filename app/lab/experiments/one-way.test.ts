/**
 * The page runs what a script and the command line run: for each experiment one implementation gives
 * one report, which its own schema reads back.
 */
import { beforeAll, describe, expect, it } from "vitest";

import { experimentUsage, parseLabArguments } from "../../../bench/lab-arguments.ts";
import { createRuns } from "../../store/runs.ts";
import { createStepFeed } from "../../store/step-feed.ts";
import type { LabContext } from "../context.ts";
import type { Report } from "../experiment.ts";
import { fieldsOf } from "../option.ts";
import { readReport } from "../reports/read.ts";
import { FakeEngine } from "../testing/fake-engine.ts";
import { labOn } from "../testing/experiments.ts";
import { servingLab } from "../testing/serving-lab.ts";
import { loadExperiment, type ExperimentId } from "./index.ts";

/** The shortest run of each that fakes can answer, as a command line gives it. */
const lines: readonly (readonly [id: ExperimentId, line: string, lab: "engine" | "serving"])[] = [
  ["compare", "--rows 1 --plans structured,json", "engine"],
  ["timestamp", "--repeats 2 --position 1", "serving"],
  ["cache", "--repeats 2 --requests 2", "serving"],
  ["batch", "--requests 4 --max-tokens 4 --modes continuous,static --sweep none", "serving"],
  ["sweep", "--at-once 1,2 --max-tokens 2", "serving"],
];

/** All keys of a report, paths of lists without their places. */
function shape(value: unknown, path = ""): readonly string[] {
  if (Array.isArray(value)) return value.slice(0, 1).flatMap((each) => shape(each, `${path}[]`));
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value)
    .flatMap(([key, each]) => shape(each, `${path}.${key}`))
    .sort();
}

describe.each(lines)("%s", (id, line, kind) => {
  const reports: Report[] = [];
  const kept: Report[] = [];

  beforeAll(async () => {
    const { options, about } = await loadExperiment(id);
    const info = { id, about, fields: fieldsOf(options) };
    expect(experimentUsage(info)).toContain(about);
    const args = parseLabArguments(info, [id, ...line.split(" ")]);
    for (const way of ["view", "script"] as const) {
      const lab: Partial<LabContext> =
        kind === "engine" ? labOn(new FakeEngine(() => "one two")) : servingLab().lab;
      const runs = createRuns({
        lab: lab as LabContext,
        feed: createStepFeed({ onStep: () => () => undefined }, () => undefined),
        save: (report) => Promise.resolve(String(kept.push(report))),
        hold: (work) => work(),
      });
      if (way === "script") {
        reports.push(await runs.run(id, args.options));
        continue;
      }
      runs.start(id, args.options);
      await new Promise<void>((resolve) => {
        runs.store.subscribe(({ active }) => {
          if (active === null) resolve();
        });
      });
      const { latest } = runs.store.getState();
      expect(latest[id]?.error).toBeNull();
      reports.push(latest[id]?.report as Report);
    }
  });

  it("gives the view and the script one report, and keeps it", () => {
    const [view, script] = reports;
    expect(view?.kind).toBe(`inferscope.${id}`);
    expect(shape(view)).toEqual(shape(script));
    expect(kept).toEqual(reports);
  });

  it("has a report that is read back as it was, and tables that say something", async () => {
    for (const report of reports) {
      const json: unknown = JSON.parse(JSON.stringify(report));
      const read = await readReport(json);
      expect(read.report).toEqual(json);
      expect(read.experiment.id).toBe(id);
      expect(read.figures.title).not.toBe("");
      const rows = read.figures.tables.filter(({ isRaw }) => isRaw !== true).flatMap((table) => table.rows);
      expect(rows.length).toBeGreaterThan(0);
      for (const { columns, rows: own } of read.figures.tables) {
        for (const { cells } of own) expect(cells).toHaveLength(columns.length);
      }
    }
  });
});
