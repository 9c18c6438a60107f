/** The import rules of docs/architecture.md. A rule that no check enforces is a wish. */
const only = (name, from, allowed, fromNot) => ({
  name,
  severity: "error",
  from: { path: from, pathNot: ["\\.test\\.tsx?$", "/testing/", ...(fromNot ? [fromNot] : [])] },
  to: { path: "^(app|workers|protocol|e2e|bench|node|scripts|training)/", pathNot: allowed },
});

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-unresolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: ["\\?", "^virtual:"] },
    },
    only("protocol-imports-nothing", "^protocol/", ["^protocol/"]),
    only("engine", "^workers/engine/", ["^workers/engine/", "^protocol/"]),
    only("gpu", "^workers/gpu/", ["^workers/gpu/", "^protocol/"]),
    only("kernels", "^workers/kernels/", ["^workers/kernels/", "^workers/gpu/"]),
    only("models", "^workers/models/", ["^workers/(models|engine|kernels|gpu)/", "^protocol/"]),
    only("tokenizer", "^workers/tokenizer/", ["^workers/tokenizer/", "^protocol/"]),
    only("grammar", "^workers/grammar/", [
      "^workers/grammar/",
      "^workers/engine/request\\.ts$",
      "^protocol/",
    ]),
    only("backends", "^workers/backends/", [
      "^workers/(backends|engine|gpu|grammar|kernels|models|tokenizer)/",
      "^protocol/",
    ]),
    only("worker-entry", "^workers/[^/]+\\.ts$", [
      "^workers/[^/]+\\.ts$",
      "^scripts/headers\\.ts$",
      "^workers/backends/",
      "^workers/tokenizer/spawn-sandbox\\.ts$",
      "^protocol/",
    ]),
    only("lab", "^app/lab/", ["^app/lab/", "^protocol/"]),
    only("client", "^app/client/", [
      "^app/client/",
      "^protocol/",
      "^workers/(inference|contract)\\.worker\\.ts",
      "^app/lab/lab(\\.worker|-calls)\\.ts",
    ]),
    only("store", "^app/store/", ["^app/store/", "^app/lab/", "^protocol/"]),
    only("views", "^app/views/", ["^app/(views|store|client|lab|charts|ui)/", "^protocol/"]),
    {
      name: "views-do-not-import-each-other",
      severity: "error",
      from: { path: "^app/views/([^/]+)/" },
      to: { path: "^app/views/", pathNot: "^app/views/$1/" },
    },
    only("charts-and-ui", "^app/(charts|ui)/", [
      "^app/(charts|ui)/",
      "^app/lab/(field|figures|format|metrics)\\.ts$",
      "^protocol/",
    ]),
    only("gallery", "^app/gallery/", [
      "^app/(gallery|charts|ui|styles)/",
      "^app/lab/(field|figures|format|metrics)\\.ts$",
      "^protocol/",
    ]),
    only("node", "^node/", ["^(node|workers|protocol|scripts)/"]),
    only("bench", "^bench/", ["^(bench|protocol|scripts|node|workers/testing|app/lab)/"]),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".tsx", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
