/** Which backends there are, and what they offer on this machine. */
import {
  assertNever,
  type AdapterInfo,
  type BackendName,
  type Calls,
  type CatalogModel,
  type MemoryBandwidth,
  type ModelFacts,
  type ResponseFormat,
  type ServerAddress,
  type StoredModel,
} from "../../protocol/index.ts";
import { measureBandwidth } from "../gpu/bandwidth.ts";
import { acquireDevice, describeAdapter } from "../gpu/device.ts";
import { modelFolderUrl } from "../models/file-source.ts";
import type { InferenceBackend } from "./backend.ts";
import { fileSource } from "./model-source.ts";
import type { ConnectionOptions } from "./openai/connection.ts";
import { PagedBackend, type PagedOptions } from "./paged.ts";

export interface Environment extends Pick<
  PagedOptions,
  "gpu" | "baseUrl" | "onDeviceLost" | "allowing" | "spawnSandbox"
> {
  /** For servers that the user named. */
  readonly fetchFromServer: ConnectionOptions["fetch"];
}

export async function createBackend(name: BackendName, environment: Environment): Promise<InferenceBackend> {
  switch (name) {
    case "paged":
      return new PagedBackend(environment);
    case "web-llm": {
      const { WebLlmBackend } = await import("./web-llm/web-llm.ts");
      return new WebLlmBackend({ ...environment, probeAdapter: () => probeAdapter(environment.gpu) });
    }
    case "openai": {
      const { OpenAiBackend } = await import("./openai/openai.ts");
      return new OpenAiBackend(serverOptions(environment));
    }
    default:
      return assertNever(name);
  }
}

/** Ids of the models that a server offers. */
export async function listServerModels(
  address: ServerAddress,
  environment: Environment,
): Promise<readonly string[]> {
  return (await import("./openai/openai.ts")).listServerModels(address, serverOptions(environment));
}

const serverOptions = ({ fetchFromServer, baseUrl }: Environment): ConnectionOptions => ({
  fetch: fetchFromServer,
  page: new URL(baseUrl).origin,
});

/** The adapter as it is, without asking it for a device; null where there is none. */
export async function probeAdapter(gpu: GPU | undefined): Promise<AdapterInfo | null> {
  const adapter = (await gpu?.requestAdapter()) ?? null;
  return adapter === null ? null : describeAdapter(adapter.info, [...adapter.features], adapter.limits);
}

/** The adapter's memory bandwidth, on a device that lives as long as the measurement; null without an adapter. */
export async function measureAdapter(gpu: GPU | undefined): Promise<MemoryBandwidth | null> {
  if ((await probeAdapter(gpu)) === null) return null;
  const context = await acquireDevice(gpu);
  try {
    const { bytesPerSecond, bytes, sweepMs } = await measureBandwidth(context);
    return { bytesPerSecond, bytes, sweepMs };
  } finally {
    context.destroy();
  }
}

/** What each engine can run on this adapter. Fetches WebLLM, whose list it is; rejects with `network`. */
export async function listCatalog(
  gpu: GPU | undefined,
  { own }: Calls["catalog"]["params"],
): Promise<readonly CatalogModel[]> {
  const [{ importWebLlm }, { catalogOf }] = await Promise.all([
    import("./web-llm/loader.ts"),
    import("./catalog/catalog.ts"),
  ]);
  const [{ prebuiltAppConfig }, adapter] = await Promise.all([importWebLlm(), probeAdapter(gpu)]);
  return catalogOf(prebuiltAppConfig.model_list, own, adapter);
}

/** Small files only; what our engine cannot run is told, not thrown. Rejects with `network`, `http-status`. */
export async function inspectModel(
  { url }: Calls["inspect"]["params"],
  baseUrl: string,
): Promise<ModelFacts> {
  const { inspectFolder } = await import("./catalog/inspect.ts");
  return inspectFolder(await fileSource({ url }, baseUrl));
}

/** Rejects with `invalid-request` where a grammar cannot hold answers to the format. */
export async function checkFormat(format: ResponseFormat): Promise<void> {
  if (format.type === "text") return;
  (await import("../grammar/grammar-compiler.ts")).formatGrammar(format);
}

/** Models in the browser's storage; none where it has no such storage. */
export async function listStoredModels(): Promise<readonly StoredModel[]> {
  const { hasModelStorage, listStored } = await import("../models/downloads/model-storage.ts");
  return hasModelStorage() ? listStored() : [];
}

export async function deleteStoredModel({ url, only }: Calls["deleteStored"]["params"]): Promise<void> {
  const { deleteStored } = await import("../models/downloads/model-storage.ts");
  await deleteStored(modelFolderUrl(url), only);
}
