import { InferscopeError, type EngineEvent } from "../../protocol/index.ts";
import { PagedBackend } from "../backends/paged.ts";
import { EngineHost } from "../engine-host.ts";
import { readFolder } from "./disk.ts";
import { MemorySource } from "./memory-source.ts";

const createBackend = (): PagedBackend =>
  new PagedBackend({
    gpu: undefined,
    baseUrl: "http://localhost/",
    onDeviceLost: () => undefined,
    openSource: ({ source }) => {
      const id = "id" in source ? source.id : "";
      return new MemorySource(readFolder(`public/models/${id}`), { id });
    },
  });

/** An embedded model in Node, on the CPU, loaded. `id`: a folder's name below `public/models`. */
export async function loadEmbeddedOnCpu(id: string): Promise<PagedBackend> {
  const backend = createBackend();
  const params = { source: { id }, backend: "paged", runner: "cpu", policy: {} } as const;
  await backend.load(params, () => undefined, new AbortController().signal);
  return backend;
}

/** The host of a thread in Node: embedded models on the CPU, and nothing that needs a browser. */
export function createEmbeddedHost(post: (event: EngineEvent) => void): EngineHost {
  const none = () =>
    Promise.reject(new InferscopeError("unsupported", "There is no browser and no network here."));
  return new EngineHost({
    post,
    createBackend: (name) => (name === "paged" ? Promise.resolve(createBackend()) : none()),
    serverModels: none,
    catalog: none,
    inspect: none,
    storedModels: none,
    deleteStored: none,
    checkFormat: none,
    probeAdapter: () => Promise.resolve(null),
    measureBandwidth: () => Promise.resolve(null),
  });
}
