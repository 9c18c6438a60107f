import { expect, it, vi } from "vitest";

import type { EngineEvent, LoadParams, Prompt } from "../../protocol/index.ts";
import { CpuRunner } from "../models/cpu-runner.ts";
import { readFolder } from "../testing/disk.ts";
import { MemorySource } from "../testing/memory-source.ts";
import { finished, request, run } from "./contract/requests.ts";
import { PagedBackend } from "./paged.ts";

const id = "scope-2m-q4f16_1";
const files = readFolder(`public/models/${id}`);
const params: LoadParams = { source: { id }, backend: "paged", runner: "gpu", policy: {} };
const prompt: Prompt = { type: "messages", messages: [{ role: "user", content: "hiking, music" }] };

/** Devices that can be lost and do nothing else. */
class FakeGpu {
  numDevices = 0;
  lose: () => void = () => undefined;
  readonly gpu = {
    requestAdapter: () =>
      Promise.resolve({ features: new Set(), limits: this.#limits, info: {}, requestDevice: this.#device }),
  } as unknown as GPU;

  get #limits() {
    return new Proxy({}, { get: () => 2 ** 30 });
  }

  get #device() {
    return () => {
      this.numDevices += 1;
      const lost = new Promise((resolve) => {
        this.lose = () => resolve({ reason: "unknown", message: "injected" });
      });
      return Promise.resolve({
        ...{ features: new Set(), limits: this.#limits, lost },
        ...{ destroy: () => undefined, addEventListener: () => undefined },
      });
    };
  }
}

it("a lost device fails what runs with its partial text and is replaced once; then only a load helps", async () => {
  const fake = new FakeGpu();
  const losses: EngineEvent[] = [];
  const backend = new PagedBackend({
    gpu: fake.gpu,
    baseUrl: "http://localhost/",
    onDeviceLost: (event) => losses.push(event),
    openSource: () => new MemorySource(files, { id }),
    createRunner: (_, { description, weights }) =>
      Promise.resolve(new CpuRunner(description.config, weights)),
  });
  const load = () => backend.load(params, () => undefined, new AbortController().signal);
  const loseWhileRunning = async () => {
    let numSteps = 0;
    const { terminal, events } = await run(
      backend,
      request(prompt, { maxTokens: 200, ignoreEos: true }),
      () => {
        numSteps += 1;
        if (numSteps === 4) fake.lose();
      },
    );
    expect(terminal).toMatchObject({ type: "failed", error: { kind: "device-lost" } });
    const choice = terminal.choices?.[0];
    expect([choice?.text === "", (choice?.tokenIds.length ?? 0) > 1]).toEqual([false, true]);
    expect(events.filter(({ type }) => type === "failed" || type === "finished")).toHaveLength(1);
  };
  await load();
  const before = finished(await run(backend, request(prompt)));

  await loseWhileRunning();
  expect(losses).toMatchObject([{ reason: "unknown", message: "injected", recovering: true }]);
  await vi.waitFor(async () => {
    const after = finished(await run(backend, request(prompt)));
    expect(after.choices[0]?.tokenIds).toEqual(before.choices[0]?.tokenIds);
    // What was cached went with the device.
    expect(after.metrics.numCachedTokens).toBe(0);
  }, 20_000);
  expect(fake.numDevices).toBe(2);

  await loseWhileRunning();
  expect(losses).toMatchObject([{ recovering: true }, { recovering: false }]);
  expect(() => backend.submit(request(prompt), () => undefined)).toThrow(
    expect.objectContaining({ kind: "device-lost" }),
  );
  expect(fake.numDevices).toBe(2);

  await load();
  expect(fake.numDevices).toBe(3);
  const again = finished(await run(backend, request(prompt)));
  expect(again.choices[0]?.tokenIds).toEqual(before.choices[0]?.tokenIds);
  await backend.unload();
  expect(losses).toHaveLength(2);
});
