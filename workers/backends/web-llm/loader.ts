/** Brings a WebLLM model up, or says plainly why not and leaves nothing behind. */
import type { MLCEngine, ModelRecord } from "@mlc-ai/web-llm";

import {
  defaultModelHosts,
  hostedUrl,
  InferscopeError,
  webLlmFolder,
  type AdapterInfo,
  type LoadParams,
  type LoadProgress,
} from "../../../protocol/index.ts";
import { folderName } from "../../models/file-source.ts";
import { findRecord, problem } from "./catalog.ts";
import {
  fetchError,
  importError,
  isFetchFailure,
  libraryError,
  toInferscopeError,
  type Part,
} from "./errors.ts";
import { dropLibrary } from "./library.ts";
import { defaultPatience, untilAbort, type Patience } from "./patience.ts";
import { prefetch, type ModelFiles } from "./prefetch.ts";
import { toProgress } from "./progress.ts";
import { watchDevice } from "./watch-device.ts";

/** What of an engine is used: the part of its API that is the same since 0.2.79. */
export type WebLlmEngine = Pick<
  MLCEngine,
  "chat" | "completions" | "interruptGenerate" | "reload" | "resetChat" | "unload"
>;

/** What of the package is used. */
export interface WebLlmPackage {
  readonly prebuiltAppConfig: { readonly model_list: readonly ModelRecord[] };
  readonly MLCEngine: new (config: {
    appConfig: { model_list: ModelRecord[] };
    initProgressCallback: (report: { progress: number; timeElapsed: number; text: string }) => void;
  }) => WebLlmEngine;
}

export interface LoaderOptions {
  /** `navigator.gpu`; undefined where there is none. */
  readonly gpu: GPU | undefined;
  readonly probeAdapter: () => Promise<AdapterInfo | null>;
  /** Default: the package, in a chunk of its own that is fetched now. */
  readonly importPackage?: () => Promise<WebLlmPackage>;
  /** Default: the files are fetched, checked and kept before WebLLM looks for them. */
  readonly prefetch?: typeof prefetch;
  readonly isOnline?: () => boolean;
  /** Default: `defaultPatience`. */
  readonly patience?: Patience;
}

export interface LoadedEngine {
  readonly engine: WebLlmEngine;
  readonly record: ModelRecord;
  readonly files: ModelFiles;
  readonly adapter: AdapterInfo;
  /** Null where WebLLM asked for none. */
  readonly device: GPUDevice | null;
}

/** Rejects with `network`. */
export async function importWebLlm(): Promise<WebLlmPackage> {
  try {
    return await import("@mlc-ai/web-llm");
  } catch (error) {
    throw importError(error);
  }
}

/** All or nothing. What cannot run here is refused before a byte of the model is fetched. */
export async function loadEngine(
  options: LoaderOptions,
  params: LoadParams,
  progress: (progress: LoadProgress) => void,
  signal: AbortSignal,
): Promise<LoadedEngine> {
  const { gpu, patience = defaultPatience } = options;
  refuseOptions(params);
  if (gpu === undefined) {
    throw new InferscopeError("no-webgpu", "WebLLM needs WebGPU, which this browser does not offer here.", {
      hint: "Use a current Chrome, Edge or Safari over https or localhost, or the Inferscope engine on the CPU.",
    });
  }
  const { MLCEngine, prebuiltAppConfig } = await untilAbort(
    (options.importPackage ?? importWebLlm)(),
    signal,
    0,
  );
  const record = recordOf(params, prebuiltAppConfig.model_list);
  const adapter = await untilAbort(options.probeAdapter(), signal, 0);
  const unfit = problem(record, adapter);
  if (unfit !== null || adapter === null) throw unfit ?? new Error("unreachable");
  signal.throwIfAborted();

  const watch = watchDevice(gpu);
  const engine = new MLCEngine({
    appConfig: { ...prebuiltAppConfig, model_list: [record] },
    initProgressCallback: (report) => {
      // An abort before WebLLM had anything to stop is repeated here.
      if (signal.aborted) cancel();
      else progress(toProgress(report));
    },
  });
  const cancel = () => void engine.unload().catch(() => undefined);
  signal.addEventListener("abort", cancel);
  const folder = webLlmFolder(record.model);
  /** Whether all files are there, so that what follows is not about them. */
  let isWhole = false;
  let [part, url]: [Part, string] = ["configuration", folder];
  try {
    const files = await (options.prefetch ?? prefetch)(
      folder,
      record.model_lib,
      progress,
      signal,
      (...now) => {
        [part, url] = now;
      },
    );
    isWhole = true;
    await untilAbort(engine.reload(record.model_id), signal, patience.obeyMs);
    // Told to stop, WebLLM resolves as if it had loaded.
    signal.throwIfAborted();
    return { engine, record, files, adapter, device: watch.device() };
  } catch (error) {
    // A load that broke off leaves its weights on the device, where no unload finds them.
    watch.device()?.destroy();
    signal.throwIfAborted();
    const isNetwork = error instanceof InferscopeError && error.kind === "network";
    if (!isNetwork && !isFetchFailure(error)) {
      // A library that runs lets WebLLM ask for the GPU; one that does not must not be kept.
      if (!isWhole || watch.wasAsked()) throw toInferscopeError(error);
      await dropLibrary(record.model_lib).catch(() => undefined);
      throw libraryError(error);
    }
    throw fetchError(error, part, url, (options.isOnline ?? (() => navigator.onLine))());
  } finally {
    watch.stop();
    signal.removeEventListener("abort", cancel);
  }
}

function refuseOptions({ runner, policy }: LoadParams): void {
  if (runner === "cpu") {
    throw new InferscopeError("unsupported", "WebLLM runs on the GPU only.", {
      hint: "Choose the GPU, or the Inferscope engine on the CPU.",
    });
  }
  if (Object.keys(policy).length > 0) {
    throw new InferscopeError("unsupported", "WebLLM schedules by itself: it takes no policy.", {
      hint: "Leave the policy out, or load a model with the Inferscope engine.",
    });
  }
}

/** A record of WebLLM's list under the user's hosts, or one of the user's own. */
function recordOf(
  { source, hosts = defaultModelHosts }: LoadParams,
  list: readonly ModelRecord[],
): ModelRecord {
  if ("id" in source) {
    const record = findRecord(list, source.id);
    return {
      ...record,
      model: hostedUrl(record.model, hosts),
      model_lib: hostedUrl(record.model_lib, hosts),
    };
  }
  if ("url" in source && source.modelLib !== undefined) {
    const model = webLlmFolder(source.url);
    return { model, model_id: folderName(model), model_lib: source.modelLib };
  }
  throw new InferscopeError(
    "unsupported",
    "WebLLM loads models of its own list by id, or a folder by url together with modelLib, the address of its compiled library.",
    { hint: "Load folders without a library, and synthetic models, with the Inferscope engine." },
  );
}
