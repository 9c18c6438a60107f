import { describe, expect, it } from "vitest";

import { memoryFacts, limitRows, featureRows } from "./derive.ts";
import { reportJson, reportMarkdown, withoutAddresses, type DiagnosticsReport } from "./report.ts";

const report: DiagnosticsReport = {
  app: "inferscope",
  page: {
    appVersion: "0.1.0",
    webGpu: true,
    secureContext: true,
    crossOriginIsolated: true,
    clockResolutionMs: 0.005,
    userAgent: "a browser",
    cores: 2,
    storage: { usedBytes: 1, quotaBytes: 2, persisted: false },
    offlineApp: "stored",
    offlineProblem: null,
    update: "none",
  },
  adapter: null,
  limits: limitRows({ features: [], limits: { maxBufferSize: 256 } }, null),
  kernels: [],
  model: null,
  memory: memoryFacts(null, null),
  goldens: {
    numCases: 40,
    numTokens: 900,
    numWrong: 0,
    firstWrong: null,
    worstLogit: 0.0012,
    aborted: false,
  },
  bandwidth: null,
  errors: [
    { atMs: 0, where: "load", kind: "network", message: "https://host/a?token=secret-1: unreachable" },
    { atMs: 0, where: "page", kind: "invalid-request", message: "the prompt secret-2 is too long" },
  ],
};

describe("the report", () => {
  it.each([
    ["Markdown", reportMarkdown],
    ["JSON", reportJson],
  ])("holds no address and no quoted input as %s", (_, write) => {
    const text = write(report);
    expect(text).not.toMatch(/secret|host/);
    expect(text).toMatch(/(?:<|&lt;)address>/);
    expect(text).toContain("invalid-request");
  });

  it("tells goldens, limits and what is unknown", () => {
    const text = reportMarkdown(report);
    expect(text).toContain(
      "all 900 tokens of 40 prompts are PyTorch's, largest difference of a top-5 logit 1.2e-3",
    );
    expect(text).toMatch(/\| maxBufferSize +\| – +\| 256 +\| – +\|/);
    expect(text).toContain("- bandwidth, GB/s: not measured");
  });

  it.each([
    ["a blob:https://x/y and wss://z?k=1 end", "a <address> and <address> end"],
    ['"https://h/p?key=1", said', '"<address>", said'],
  ])("leaves addresses out of %s", (text, expected) => {
    expect(withoutAddresses(text)).toBe(expected);
  });
});

describe("what is shown", () => {
  it("names required limits and wanted features even where they are missing", () => {
    expect(
      limitRows(null, null).find(({ name }) => name === "maxStorageBuffersPerShaderStage")?.required,
    ).toBe(8);
    expect(featureRows({ features: ["subgroups", "depth-clip-control"], limits: {} }, null)).toEqual([
      { name: "timestamp-query", available: false, inUse: false, wanted: true },
      { name: "shader-f16", available: false, inUse: false, wanted: true },
      { name: "subgroups", available: true, inUse: false, wanted: true },
      { name: "depth-clip-control", available: true, inUse: false, wanted: false },
    ]);
  });
});
