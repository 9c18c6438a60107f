import type { LoadParams } from "../../protocol/index.ts";
import { contract } from "./contract.ts";
import { PagedBackend } from "./paged.ts";

const id = "scope-2m-q4f16_1";
const params: LoadParams = { source: { id }, backend: "paged", runner: "gpu", policy: {} };

contract("paged on the GPU", () =>
  Promise.resolve({
    params,
    backend: new PagedBackend({
      gpu: navigator.gpu,
      baseUrl: `${location.origin}/`,
      onDeviceLost: () => undefined,
    }),
  }),
);
