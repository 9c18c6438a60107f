/** Where the files of a model of our own engine come from. */
import { assertNever, InferscopeError, type ModelSource } from "../../protocol/index.ts";
import { FolderSource, modelFolderUrl, UrlSource, type FileSource } from "../models/file-source.ts";

/** Models that come with the app, under `models/<id>/` beside its `index.html`. */
export const embeddedModels = ["scope-2m-q4f16_1", "scope-2m-q0f16"] as const;

/** `baseUrl`: the app's folder. Throws `invalid-request`, `unsupported`, or `network` for what is no address. */
export async function fileSource(source: ModelSource, baseUrl: string): Promise<FileSource> {
  const [kind, value] = kindOf(source);
  switch (kind) {
    case "id": {
      const { id } = value;
      if (embeddedModels.some((known) => known === id)) return new UrlSource(`models/${id}/`, { baseUrl });
      throw new InferscopeError("invalid-request", `There is no embedded model "${id}".`, {
        hint: `Embedded: ${embeddedModels.join(", ")}. Other models load by URL or folder.`,
      });
    }
    case "url":
      return urlSource(value.url, baseUrl);
    case "folder": {
      const { folder } = value;
      if (folder instanceof FileSystemDirectoryHandle) return new FolderSource(folder);
      throw new InferscopeError("invalid-request", "folder is not a directory handle.");
    }
    case "synthetic":
      throw new InferscopeError("internal", "A synthetic model has no files.");
    case "server":
      throw new InferscopeError("invalid-request", "A server is not a model for this engine.", {
        hint: 'Choose the backend "openai" for a server.',
      });
    default:
      return assertNever(kind);
  }
}

/** Files of other folders than the app's are kept, where the browser can. */
async function urlSource(url: string, baseUrl: string): Promise<FileSource> {
  const plain = new UrlSource(url, { baseUrl });
  if (modelFolderUrl(url, baseUrl).startsWith(baseUrl)) return plain;
  const [{ hasModelStorage }, { StoredSource }] = await Promise.all([
    import("../models/downloads/model-storage.ts"),
    import("../models/downloads/stored-source.ts"),
  ]);
  return hasModelStorage() ? new StoredSource(url, baseUrl) : plain;
}

type KindOf<Source> = Source extends unknown ? [keyof Source, Source] : never;

function kindOf(source: ModelSource): KindOf<ModelSource> {
  if ("id" in source) return ["id", source];
  if ("url" in source) return ["url", source];
  if ("folder" in source) return ["folder", source];
  if ("synthetic" in source) return ["synthetic", source];
  return ["server", source];
}
