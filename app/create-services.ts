/** Puts client, stores and lab together. The only place where all of them are known. */
import { InferscopeError, now, type Inferscope, type Message } from "../protocol/index.ts";
import type { createEvaluator } from "./client/evaluator.ts";
import type { EngineClient } from "./client/engine-client.ts";
import { createInferscope } from "./client/inferscope.ts";
import { anyRun, duringRun } from "./client/run-lock.ts";
import type { LabContext } from "./lab/context.ts";
import type { Environment } from "./lab/environment.ts";
import { experimentIds } from "./lab/experiments/index.ts";
import { tools } from "./lab/tools.ts";
import { createBatchForm } from "./store/batch-form.ts";
import { createCacheStore } from "./store/cache-store.ts";
import { createClaims } from "./store/claims-store.ts";
import { measureClockResolution } from "./store/clock.ts";
import { createComparison } from "./store/comparison-store.ts";
import { createDuelForm } from "./store/duel-form.ts";
import { createEngineStore } from "./store/engine-store.ts";
import { createErrorLog } from "./store/error-log.ts";
import { createLogs } from "./store/log-store.ts";
import { createOffline } from "./store/offline-store.ts";
import { createPlayground } from "./store/playground-store.ts";
import { openReportStorage } from "./store/report-storage.ts";
import { createReports } from "./store/report-store.ts";
import { createRuns } from "./store/runs.ts";
import type { Services } from "./store/services.tsx";
import { createStepFeed } from "./store/step-feed.ts";
import { openWorkloadStorage } from "./store/workload-storage.ts";
import { createWorkloads } from "./store/workload-store.ts";
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
  const feed = createStepFeed(client, (call) => requestAnimationFrame(call));
  const runs = createRuns({
    ...{ lab, feed },
    save: (report) => reports.actions.save(report),
    hold: (work) => duringRun(navigator.locks, work),
  });
  const inferscope: Inferscope = createInferscope(
    client,
    {
      ...Object.fromEntries(
        experimentIds.map((id) => [
          id,
          (options: Readonly<Record<string, unknown>>) => runs.run(id, options),
        ]),
      ),
      // No measurement, so it is not kept among the reports.
      contract: async (options) => {
        const { runContract } = await import("./client/contract-run.ts");
        const context = { hosts: hosts(), version: inferscope.version };
        return duringRun(navigator.locks, () => runContract(client, options, context));
      },
      ...tools,
    },
    hosts,
  );
  const engine = createEngineStore(client, hosts);
  return {
    inferscope,
    client,
    lease: client.lease,
    lab,
    engine,
    errors: createErrorLog(engine.store, window, now),
    settings,
    runs,
    feed,
    comparison: createComparison(window.location.search),
    duel: createDuelForm(),
    cache: createCacheStore({ inferscope, client, engine, feed }),
    playground: createPlayground(inferscope, client, now),
    batch: createBatchForm(),
    logs: createLogs(lazyLogAnalysis(), () => performance.now()),
    claims: createClaims(inferscope),
    reports,
    offline: createOffline({
      container: import.meta.env.PROD && "serviceWorker" in navigator ? navigator.serviceWorker : undefined,
      anyRun: () => anyRun(navigator.locks),
      script: new URL("service-worker.js", document.baseURI).href,
      reload: () => window.location.reload(),
    }),
    workloads: createWorkloads(openWorkloadStorage(), () => crypto.randomUUID()),
    clockResolutionMs,
  };
}

/** A worker of its own: a cancel ends it, and nothing else waits behind a large file. */
function lazyLogAnalysis(): Parameters<typeof createLogs>[0] {
  return async (file, options) => {
    const { LabWorker } = await import("./client/lab-worker.ts");
    const worker = new LabWorker();
    try {
      return await worker.call("analyseLog", { file, encoding: "o200k" }, options);
    } finally {
      worker.dispose();
    }
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
