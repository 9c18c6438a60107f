/** The page's last errors, for Diagnostics: kinds and messages, nothing of what was asked. */
import { createStore, type StoreApi } from "zustand/vanilla";

import type { SerializedError } from "../../protocol/index.ts";
import type { EngineState } from "./engine-store.ts";

export interface LoggedError {
  readonly atMs: number;
  readonly where: "load" | "GPU" | "device" | "worker" | "view" | "page";
  readonly kind: SerializedError["kind"];
  readonly message: string;
}

const most = 20;

/** What was caught in another place. */
export function logError(log: StoreApi<readonly LoggedError[]>, error: LoggedError): void {
  log.setState([error, ...log.getState()].slice(0, most), true);
}

/** Newest first. */
export function createErrorLog(
  engine: StoreApi<EngineState>,
  page: Pick<Window, "addEventListener">,
  now: () => number,
): StoreApi<readonly LoggedError[]> {
  const log = createStore<readonly LoggedError[]>(() => []);
  const add = (where: LoggedError["where"], { kind, message }: Pick<SerializedError, "kind" | "message">) =>
    logError(log, { atMs: now(), where, kind, message });
  engine.subscribe((state, before) => {
    if (state.load.type === "failed" && state.load !== before.load) add("load", state.load.error);
    if (state.gpuProblem !== null && state.gpuProblem !== before.gpuProblem) add("GPU", state.gpuProblem);
    if (state.crash !== null && state.crash !== before.crash) add("worker", state.crash);
    const { deviceLost } = state;
    if (deviceLost !== null && deviceLost !== before.deviceLost)
      add("device", { kind: "device-lost", message: deviceLost.message || deviceLost.reason });
  });
  page.addEventListener("error", (event) => add("page", { kind: "internal", message: event.message }));
  page.addEventListener("unhandledrejection", ({ reason }) =>
    add("page", { kind: "internal", message: reason instanceof Error ? reason.message : String(reason) }),
  );
  return log;
}
