import { describe, expect, it } from "vitest";

import type { LoadParams } from "../../../protocol/index.ts";
import { readFolder } from "../../testing/disk.ts";
import { MemorySource, type Files } from "../../testing/memory-source.ts";
import { PagedBackend } from "../paged.ts";
import { runContract } from "./run-contract.ts";

const id = "scope-2m-q4f16_1";
const params: LoadParams = { source: { id }, backend: "paged", runner: "cpu", policy: {} };

const create = (files: Files) =>
  new PagedBackend({
    gpu: undefined,
    baseUrl: "http://localhost/",
    onDeviceLost: () => undefined,
    openSource: () => new MemorySource(files, { id }),
  });

describe("a run of the contract", () => {
  it("tells how each check went, in turn, and leaves nothing loaded", async () => {
    const backend = create(readFolder(`public/models/${id}`));
    const names: string[] = [];
    const report = await runContract({ backend, params }, { onResult: ({ name }) => names.push(name) });
    expect(report.checks.filter(({ status }) => status === "fail")).toEqual([]);
    expect(report.numFailed).toBe(0);
    expect(report.model?.id).toBe(id);
    expect(report.checks.map(({ name }) => name)).toEqual(names);
    expect(backend.status().model).toBeNull();
  });

  it("says why a model did not load, and checks nothing more", async () => {
    const report = await runContract({ backend: create(new Map()), params });
    const [refuses, loads, ...rest] = report.checks;
    expect(refuses?.status).toBe("pass");
    expect(loads).toMatchObject({ status: "fail", detail: expect.stringContaining("What to do:") as string });
    expect(rest.every(({ status }) => status === "skip")).toBe(true);
    expect(report).toMatchObject({ numFailed: 1, model: null });
  });
});
