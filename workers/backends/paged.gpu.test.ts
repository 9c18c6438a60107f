import type { LoadParams } from "../../protocol/index.ts";
import { PagedBackend } from "./paged.ts";
import { contract } from "./testing/contract.ts";

const id = "scope-2m-q4f16_1";
const params: LoadParams = { source: { id }, backend: "paged", runner: "gpu", policy: {} };

contract(
  "paged on the GPU",
  () => ({
    params,
    backend: new PagedBackend({
      gpu: navigator.gpu,
      baseUrl: `${location.origin}/`,
      onDeviceLost: () => undefined,
    }),
  }),
  ["refuses what it says that it lacks"],
);
