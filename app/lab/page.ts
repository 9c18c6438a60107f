/** The experiments bound to a page: its engine, its adapter, its clock, its tab. */
import {
  type CallName,
  type Calls,
  type EngineStatus,
  type Inferscope,
  type LoadResult,
  type Message,
} from "../../protocol/index.ts";
import { createExperiments, type Experiment } from "./experiments.ts";
import { type Environment } from "./report.ts";
import { type LabEngine } from "./run-plan.ts";

/** What is asked of the worker besides the public interface. */
export interface LabPort {
  readonly status: { readonly loaded: LoadResult | null };
  call<Name extends CallName>(call: Name, params: Calls[Name]["params"]): Promise<Calls[Name]["result"]>;
}

/** What is asked of the page; injected, so that this folder needs no DOM. */
export interface PageFacts {
  readonly isHidden: () => boolean;
  readonly userAgent: string;
  readonly crossOriginIsolated: boolean;
  /** Milliseconds. */
  readonly clockResolutionMs: number | null;
}

export function createPageExperiments(
  scope: Pick<Inferscope, "version" | "generate" | "clearCache">,
  port: LabPort,
  page: PageFacts,
): Readonly<Record<string, Experiment>> {
  const engine: LabEngine = {
    generate: (request) => scope.generate(request),
    clearCache: async () => {
      // A backend without a cache of its own has nothing to empty.
      if (port.status.loaded?.capabilities.prefixCache === "cross-request") await scope.clearCache();
    },
    promptPieces: async (messages: readonly Message[]) => {
      const { pieces } = await port.call("applyTemplate", { prompt: { type: "messages", messages } });
      return pieces;
    },
  };
  return createExperiments({
    engine,
    environment: async () => environmentOf(await port.call("status", null), scope.version, page),
    isHidden: page.isHidden,
  });
}

function environmentOf({ adapter, model }: EngineStatus, appVersion: string, page: PageFacts): Environment {
  // The CPU runner uses no adapter, even where there is one.
  const used = model?.runner === "cpu" ? null : adapter;
  return {
    adapter: used === null ? null : used.description || `${used.vendor} ${used.architecture}`.trim(),
    isSoftwareAdapter: used?.isSoftware ?? null,
    features: used?.features ?? [],
    isolation: page.crossOriginIsolated,
    clockResolution: page.clockResolutionMs,
    appVersion,
    modelId: model?.id ?? null,
    weightsHash: model?.weightsHash ?? null,
    quantization: model?.quantization ?? null,
    runner: model?.runner ?? null,
    backend: model?.backend ?? null,
    syntheticWeights: model?.synthetic ?? null,
    userAgent: page.userAgent,
    date: new Date().toISOString(),
  };
}
