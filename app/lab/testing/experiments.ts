import { createExperiments, type Experiment } from "../experiments.ts";
import { evaluateAnswers } from "../own/evaluate-answers.ts";
import type { Environment } from "../report.ts";
import type { LabEngine } from "../run-plan.ts";
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

/** The lab's experiments on an engine of tests. */
export const experimentsOn = (
  engine: LabEngine,
  own: Partial<Environment> = {},
): Readonly<Record<string, Experiment>> =>
  createExperiments({
    engine,
    serving: new FakeServing(),
    evaluateAnswers,
    encodeChat: () => Promise.resolve({ tokenIds: [], pieces: [] }),
    environment: () => Promise.resolve({ ...testEnvironment, ...own }),
    load: () => Promise.reject(new Error("this lab has one engine")),
  });
