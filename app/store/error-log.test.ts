import { expect, it } from "vitest";
import { createStore } from "zustand/vanilla";

import type { EngineState } from "./engine-store.ts";
import { createErrorLog } from "./error-log.ts";

it("keeps the last twenty errors of load, device, worker and page, newest first", () => {
  const engine = createStore(() => ({
    load: { type: "idle" },
    gpuProblem: null,
    crash: null,
    deviceLost: null,
  }));
  const listeners = new Map<string, (event: object) => void>();
  const page = {
    addEventListener: (type: string, listener: (event: object) => void) => listeners.set(type, listener),
  };
  const log = createErrorLog(engine as never, page as never, () => 7);
  const set = (change: Partial<Record<keyof EngineState, unknown>>) => engine.setState(change as never);
  set({ load: { type: "failed", error: { kind: "network", message: "offline" } } });
  set({ crash: { kind: "worker-crashed", message: "gone" } });
  set({ deviceLost: { type: "device-lost", reason: "unknown", message: "" } });
  listeners.get("unhandledrejection")?.({ reason: new Error("oops") });
  expect(log.getState().map(({ where, kind, message }) => [where, kind, message])).toEqual([
    ["page", "internal", "oops"],
    ["device", "device-lost", "unknown"],
    ["worker", "worker-crashed", "gone"],
    ["load", "network", "offline"],
  ]);
  // A change of something else tells nothing anew.
  set({ gpuProblem: null });
  for (let i = 0; i < 30; i += 1) listeners.get("error")?.({ message: String(i) });
  expect(log.getState()).toHaveLength(20);
  expect(log.getState()[0]?.message).toBe("29");
});
