import type { AbortSignalLike } from "../../../protocol/index.ts";
import type { LabContext } from "../context.ts";
import type { Environment } from "../environment.ts";
import type { Experiment } from "../experiment.ts";
import { loadExperiment, type ExperimentId, type OptionsOf, type ReportOf } from "../experiments/index.ts";
import { checkOptions } from "../option.ts";
import { reportMarkdown } from "../reports/markdown.ts";
import { readReport } from "../reports/read.ts";
import type { LabEngine } from "../run-plan.ts";
import { evaluateAnswers } from "../workloads/own/evaluate-answers.ts";
import { FakeServing } from "./fake-serving.ts";

export const testEnvironment: Environment = {
  adapter: "a fake",
  isSoftwareAdapter: false,
  features: [],
  isolation: true,
  clockResolution: 0.005,
  appVersion: "0",
  modelId: "fake",
  weightsHash: null,
  quantization: null,
  runner: "cpu",
  backend: "paged",
  syntheticWeights: false,
  userAgent: "test",
  date: "2026-11-24T00:00:00.000Z",
};

/** The lab on an engine of tests. */
export const labOn = (engine: LabEngine, own: Partial<Environment> = {}): LabContext => ({
  engine,
  serving: new FakeServing(),
  evaluateAnswers,
  encodeChat: () => Promise.resolve({ tokenIds: [], pieces: [] }),
  environment: () => Promise.resolve({ ...testEnvironment, ...own }),
  load: () => Promise.reject(new Error("this lab has one engine")),
});

export interface TestHooks {
  readonly signal?: AbortSignalLike;
  readonly onEvent?: (event: { readonly type: string }) => void;
}

/** An experiment as the page runs it: options checked, then run. */
export async function runExperiment<Id extends ExperimentId>(
  id: Id,
  lab: Partial<LabContext>,
  options: OptionsOf<Id> | Readonly<Record<string, unknown>>,
  { signal = new AbortController().signal, onEvent = () => undefined }: TestHooks = {},
): Promise<ReportOf<Id>> {
  const experiment: Experiment = await loadExperiment(id);
  const report = await experiment.run(
    lab as LabContext,
    checkOptions(experiment.options, options),
    onEvent,
    signal,
  );
  return report as ReportOf<Id>;
}

/** A report of that experiment from JSON, as Reports reads it. */
export async function readAs<Id extends ExperimentId>(id: Id, json: unknown): Promise<ReportOf<Id>> {
  const { experiment, report } = await readReport(json);
  if (experiment.id !== id) throw new Error(`it is a report of ${experiment.id}`);
  return report as ReportOf<Id>;
}

/** Its Markdown. */
export async function markdownOf(json: unknown): Promise<string> {
  const { report, figures } = await readReport(json);
  return reportMarkdown(report, figures);
}
