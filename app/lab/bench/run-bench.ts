/** The bench: what batching, the prefix cache and continuous batching gain, and what a step costs. */
import { InferscopeError } from "../../../protocol/index.ts";
import { createRandom } from "../random.ts";
import type { Environment } from "../environment.ts";
import type { ServingEngine } from "../serving-engine.ts";
import { measure, type Bench, type BenchSample } from "./measure.ts";
import { buildBenchReport, type BenchReport } from "./report.ts";
import { benchSchedule, parseBenchSettings, type Arm } from "./settings.ts";

export interface BenchEvent {
  readonly type: "sample-done";
  readonly sample: BenchSample;
  readonly done: number;
  readonly total: number;
}

/**
 * Measures the loaded model. Options: see `parseBenchSettings`, and `onEvent`. All arms are
 * measured in one run, interleaved; one unmeasured round of small requests comes first.
 */
export async function runBench(
  engine: ServingEngine,
  environment: () => Promise<Environment>,
  options: Readonly<Record<string, unknown>>,
): Promise<BenchReport> {
  const settings = parseBenchSettings(options);
  const { onEvent } = options;
  const { model } = await engine.status();
  if (model === null) throw new InferscopeError("no-model", "No model is loaded.");
  if (model.vocabSize === null) {
    throw new InferscopeError("unsupported", "This backend tells no vocabulary, so no prompt can be drawn.");
  }
  const bench: Bench = { engine, settings, vocabSize: model.vocabSize, random: createRandom(settings.seed) };
  const bandwidth = model.runner === "cpu" ? null : await engine.measureBandwidth();
  await warmUp(bench);
  const passes = benchSchedule(settings);
  const total = passes.reduce((sum, arms) => sum + arms.length, 0);
  const samples: BenchSample[] = [];
  for (const [pass, arms] of passes.entries()) {
    for (const arm of arms) {
      const sample = await measure(bench, arm, pass);
      samples.push(sample);
      if (isListener(onEvent)) onEvent({ type: "sample-done", sample, done: samples.length, total });
    }
  }
  return buildBenchReport(settings, samples, model, await environment(), bandwidth);
}

/** Pipelines, buffers and the JavaScript of every batch size are made and warm before anything counts. */
async function warmUp(bench: Bench): Promise<void> {
  const settings = { ...bench.settings, decodeTokens: 4 };
  const arms = settings.batchSizes.map((batchSize): Arm => ({ type: "decode", batchSize }));
  for (const arm of arms) await measure({ ...bench, settings }, arm, 0);
}

function isListener(value: unknown): value is (event: BenchEvent) => void {
  return typeof value === "function";
}
