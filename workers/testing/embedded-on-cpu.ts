import { PagedBackend } from "../backends/paged.ts";
import { readFolder } from "./disk.ts";
import { MemorySource } from "./memory-source.ts";

/** An embedded model in Node, on the CPU, loaded. `id`: a folder's name below `public/models`. */
export async function loadEmbeddedOnCpu(id: string): Promise<PagedBackend> {
  const files = readFolder(`public/models/${id}`);
  const backend = new PagedBackend({
    gpu: undefined,
    baseUrl: "http://localhost/",
    onDeviceLost: () => undefined,
    openSource: () => new MemorySource(files, { id }),
  });
  const params = { source: { id }, backend: "paged", runner: "cpu", policy: {} } as const;
  await backend.load(params, () => undefined, new AbortController().signal);
  return backend;
}
