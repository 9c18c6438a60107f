/** Where the files of a model of our own engine come from. */
import {
  defaultModelHosts,
  hostedUrl,
  InferscopeError,
  webLlmFolder,
  type LoadParams,
  type ModelHosts,
  type ModelSource,
} from "../../protocol/index.ts";
import {
  FolderSource,
  modelFolderUrl,
  UrlSource,
  type FileSource,
  type Pins,
} from "../models/file-source.ts";
import { embeddedPins } from "./embedded-pins.ts";

/** Models that come with the app, under `models/<id>/` beside its `index.html`. */
export const embeddedModels = ["scope-2m-q4f16_1", "scope-2m-q0f16"] as const;

const noPins: Readonly<Record<string, string>> = {};

/** `baseUrl`: the app's folder. Throws `invalid-request`, `unsupported`, or `network` for what is no address. */
export async function fileSource(
  source: ModelSource,
  baseUrl: string,
  hosts: ModelHosts = defaultModelHosts,
): Promise<FileSource> {
  if ("id" in source) {
    const { id } = source;
    const embedded = embeddedModels.find((known) => known === id);
    if (embedded !== undefined)
      return new UrlSource(`models/${id}/`, { baseUrl, pins: pinsOf(embeddedPins[embedded]) });
    return urlSource(await listedFolder(id, hosts), baseUrl, noPins);
  }
  // With a library, the folder is where WebLLM looks as well: one copy serves both.
  if ("url" in source) {
    const url = source.modelLib === undefined ? source.url : webLlmFolder(source.url);
    return urlSource(url, baseUrl, source.sha256 ?? noPins);
  }
  if ("folder" in source) {
    const { folder } = source;
    if (folder instanceof FileSystemDirectoryHandle) return new FolderSource(folder);
    throw new InferscopeError("invalid-request", "folder is not a directory handle.");
  }
  if ("synthetic" in source) throw new InferscopeError("internal", "A synthetic model has no files.");
  throw new InferscopeError("invalid-request", "A server is not a model for this engine.", {
    hint: 'Choose the backend "openai" for a server.',
  });
}

/** What a load may fetch besides the app's own files: the folder that was asked for, or the user's hosts. */
export function loadAddresses({ source, hosts = defaultModelHosts }: LoadParams): readonly string[] {
  if ("id" in source) return [hosts.models, hosts.libraries];
  if (!("url" in source)) return [];
  const { url, modelLib } = source;
  return modelLib === undefined ? folderAddresses(url) : [...folderAddresses(url), modelLib];
}

/** The folder; none for what is no address. */
export function folderAddresses(url: string): readonly string[] {
  return /^https?:/.test(url) && URL.canParse(url) ? [modelFolderUrl(url)] : [];
}

/** Of a model of WebLLM's list, which is part of its package. Throws `invalid-request`. */
async function listedFolder(id: string, hosts: ModelHosts): Promise<string> {
  const [{ importWebLlm }, { findRecord }] = await Promise.all([
    import("./web-llm/loader.ts"),
    import("./web-llm/catalog.ts"),
  ]);
  const { prebuiltAppConfig } = await importWebLlm();
  return webLlmFolder(hostedUrl(findRecord(prebuiltAppConfig.model_list, id).model, hosts));
}

/** Files of other folders than the app's are kept, where the browser can. */
async function urlSource(
  url: string,
  baseUrl: string,
  sha256: Readonly<Record<string, string>>,
): Promise<FileSource> {
  const pins = pinsOf(sha256);
  const plain = new UrlSource(url, { baseUrl, pins });
  if (modelFolderUrl(url, baseUrl).startsWith(baseUrl)) return plain;
  const [{ hasModelStorage }, { StoredSource }] = await Promise.all([
    import("../models/downloads/model-storage.ts"),
    import("../models/downloads/stored-source.ts"),
  ]);
  return hasModelStorage() ? new StoredSource(url, baseUrl, pins) : plain;
}

function pinsOf(sha256: Readonly<Record<string, string>>): Pins {
  return new Map(Object.entries(sha256).map(([path, hash]) => [path, hash.toLowerCase()]));
}
