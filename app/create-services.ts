/** Puts client, stores and lab together. The only place where all of them are known. */
import { InferscopeError, now, type Inferscope, type Message } from "../protocol/index.ts";
import type { createEvaluator } from "./client/evaluator.ts";
import type { EngineClient } from "./client/engine-client.ts";
import { createInferscope } from "./client/inferscope.ts";
import { anyRun, duringRun } from "./client/run-lock.ts";
import { createExperiments, type Experiment, type LabContext } from "./lab/experiments.ts";
import type { Environment } from "./lab/report.ts";
import { createBatch } from "./store/batch-store.ts";
import { createClaims } from "./store/claims-store.ts";
import { measureClockResolution } from "./store/clock.ts";
import { createComparison } from "./store/comparison-store.ts";
import { createEngineStore } from "./store/engine-store.ts";
import { createErrorLog } from "./store/error-log.ts";
import { createOffline } from "./store/offline-store.ts";
import { createPlayground } from "./store/playground-store.ts";
import { openReportStorage } from "./store/report-storage.ts";
import { createReports, type Reports } from "./store/report-store.ts";
import type { Services } from "./store/services.tsx";
import { openWorkloadStorage } from "./store/workload-storage.ts";
import { createWorkloads } from "./store/workload-store.ts";
import { createTraceRecorder } from "./store/trace-recorder.ts";
import { createSettingsStore, pageStorage } from "./store/settings-store.ts";

export function createServices(client: EngineClient): Services {
  const clockResolutionMs = measureClockResolution(() => performance.now());
  const encodeChat = (messages: readonly Message[]) =>
    client.call("applyTemplate", { prompt: { type: "messages", messages } });
  const lab: LabContext = {
    engine: {
      generate: (request) => inferscope.generate(request),
      clearCache: async () => {
        await client.call("clearCache", null);
      },
      canClearCache: () => client.status.loaded?.capabilities.prefixCache !== "server",
      constrains: () => client.status.loaded?.capabilities.structuredOutput ?? false,
      promptPieces: async (messages: readonly Message[]) => (await encodeChat(messages)).pieces,
    },
    encodeChat,
    evaluateAnswers: lazyEvaluator(),
    serving: {
      generate: (request) => inferscope.generate(request),
      configure: (policy) => inferscope.configure(policy),
      onStep: (listener) => inferscope.onStep(listener),
      clearCache: () => inferscope.clearCache(),
      status: () => inferscope.status(),
      encode: (text) => inferscope.encode(text),
      measureBandwidth: () => client.call("bandwidth", null),
    },
    load: (source, options) => inferscope.load(source, options),
    environment: () => environment(client, inferscope.version, clockResolutionMs ?? 0),
  };
  const reports = createReports(
    openReportStorage(),
    () => crypto.randomUUID(),
    () => new Date(),
  );
  const settings = createSettingsStore(pageStorage());
  const hosts = () => settings.getState().hosts;
  const experiments: Readonly<Record<string, Experiment>> = {
    ...keepingReports(createExperiments(lab), reports),
    // No measurement, so it is not kept among the reports.
    contract: async (options = {}) => {
      const { runContract } = await import("./client/contract-run.ts");
      const context = { hosts: hosts(), version: inferscope.version };
      return duringRun(navigator.locks, () => runContract(client, options, context));
    },
  };
  const inferscope: Inferscope = createInferscope(client, experiments, hosts);
  const engine = createEngineStore(client, hosts);
  return {
    inferscope,
    client,
    lease: client.lease,
    lab,
    engine,
    errors: createErrorLog(engine.store, window, now),
    settings,
    comparison: createComparison(inferscope, window.location.search),
    playground: createPlayground(inferscope, client, now),
    batch: createBatch(inferscope, client, now),
    claims: createClaims(inferscope),
    reports,
    offline: createOffline({
      container: import.meta.env.PROD && "serviceWorker" in navigator ? navigator.serviceWorker : undefined,
      anyRun: () => anyRun(navigator.locks),
      script: new URL("service-worker.js", document.baseURI).href,
      reload: () => window.location.reload(),
    }),
    workloads: createWorkloads(openWorkloadStorage(), () => crypto.randomUUID()),
    trace: createTraceRecorder(client),
    clockResolutionMs,
  };
}

/** The worker is of no use to most visits. */
function lazyEvaluator(): LabContext["evaluateAnswers"] {
  let loading: Promise<ReturnType<typeof createEvaluator>> | null = null;
  return async (row) => {
    loading ??= import("./client/evaluator.ts").then((module) => module.createEvaluator());
    // A chunk that did not arrive is asked for again.
    loading.catch(() => (loading = null));
    const evaluate = await loading.catch((cause: unknown) => {
      throw new InferscopeError("network", "The code that judges answers did not load.", { cause });
    });
    return evaluate(row);
  };
}

/** Every run that ends in a report leaves it among the reports, whoever started it. */
function keepingReports(
  experiments: Readonly<Record<string, Experiment>>,
  { actions }: Reports,
): Readonly<Record<string, Experiment>> {
  const keeping =
    (run: Experiment): Experiment =>
    async (options) => {
      const result = await duringRun(navigator.locks, () => run(options));
      await actions.save(result, "run");
      return result;
    };
  return Object.fromEntries(Object.entries(experiments).map(([name, run]) => [name, keeping(run)]));
}

async function environment(
  client: EngineClient,
  appVersion: string,
  clockResolution: number,
): Promise<Environment> {
  const { adapter, model } = await client.call("status", null);
  return {
    adapter:
      adapter === null ? null : adapter.description || `${adapter.vendor} ${adapter.architecture}`.trim(),
    isSoftwareAdapter: adapter?.isSoftware ?? null,
    features: adapter?.features ?? [],
    isolation: window.crossOriginIsolated,
    clockResolution,
    appVersion,
    modelId: model?.id ?? null,
    weightsHash: model?.weightsHash ?? null,
    quantization: model?.quantization ?? null,
    runner: model?.runner ?? null,
    backend: model?.backend ?? null,
    ...(model?.server === undefined ? {} : { server: model.server }),
    syntheticWeights: model?.synthetic ?? null,
    userAgent: navigator.userAgent,
    date: new Date().toISOString(),
  };
}
