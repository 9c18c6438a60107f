/**
 * The page's half of the service worker: the app is stored once the page is idle, a new version
 * waits until a person asks for it, and neither happens while any tab measures.
 */
import { createStore, type StoreApi } from "zustand/vanilla";

import type { InstallFailed, InstallProblem } from "../../protocol/index.ts";

export interface OfflineState {
  /** Whether the app opens without a network; `unsupported`: insecure origin, or the dev server. */
  readonly app: "unsupported" | "not-stored" | "storing" | "stored" | "failed";
  /** `other-tab`: another tab took the new version; this one still runs the old one. */
  readonly update: "none" | "waiting" | "other-tab";
  /** Why storing failed, or storing a new version while the old one stays; null while nothing did. */
  readonly problem: InstallProblem | null;
}

export interface Offline {
  readonly store: StoreApi<OfflineState>;
  /** Registers once no run goes on. Call it when the model is there: storing competes with its download. */
  start(): Promise<void>;
  /** Reloads into the new version, unless a run goes on in any tab; then false. */
  update(): Promise<boolean>;
}

export interface OfflineOptions {
  /** `navigator.serviceWorker`; undefined where there is none. */
  readonly container: ServiceWorkerContainer | undefined;
  /** Whether any tab measures. */
  readonly anyRun: () => Promise<boolean>;
  readonly script: string;
  readonly reload: () => void;
}

const idleCheckMs = 1000;
const updateCheckMs = 3_600_000;

export function createOffline({ container, anyRun, script, reload }: OfflineOptions): Offline {
  const store = createStore<OfflineState>(() => ({
    app: container === undefined ? "unsupported" : "not-stored",
    update: "none",
    problem: null,
  }));
  let registration: ServiceWorkerRegistration | null = null;
  let started = false;
  let asked = false;

  const show = () => {
    if (registration === null || store.getState().update === "other-tab") return;
    const { installing, waiting, active } = registration;
    store.setState({
      app: active !== null ? "stored" : installing !== null || waiting !== null ? "storing" : "failed",
      update: waiting !== null && active !== null ? "waiting" : "none",
    });
  };

  const start = async () => {
    if (container === undefined || started) return;
    started = true;
    let wasControlled = container.controller !== null;
    container.addEventListener("controllerchange", () => {
      if (asked) reload();
      else if (wasControlled) store.setState({ update: "other-tab" });
      wasControlled = true;
    });
    container.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (isInstallFailed(data)) store.setState({ problem: data.problem });
    });
    while (await anyRun()) await pause(idleCheckMs);
    try {
      // Extensions and test tools put something in its place that gives nothing.
      const registered = (await container.register(script, { updateViaCache: "none" })) as
        ServiceWorkerRegistration | undefined;
      if (registered === undefined) {
        store.setState({ app: "failed", problem: { reason: "blocked", file: null, detail: "" } });
        return;
      }
      registration = registered;
      const watch = () => registered.installing?.addEventListener("statechange", show);
      registered.addEventListener("updatefound", () => {
        store.setState({ problem: null });
        watch();
        show();
      });
      watch();
      show();
      setInterval(() => void checkForUpdate(registered, anyRun), updateCheckMs);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      store.setState({ app: "failed", problem: { reason: "refused", file: null, detail } });
    }
  };

  const update = async () => {
    if (await anyRun()) return false;
    asked = true;
    const waiting = registration?.waiting ?? null;
    if (waiting === null) reload();
    else waiting.postMessage({ type: "SKIP_WAITING" });
    return true;
  };

  return { store, start, update };
}

/** Of our own service worker; extensions send messages of theirs. */
function isInstallFailed(data: unknown): data is InstallFailed {
  return typeof data === "object" && data !== null && "type" in data && data.type === "INSTALL_FAILED";
}

/** A new version is fetched only while nothing is measured; without a network there is none to find. */
async function checkForUpdate(
  registration: ServiceWorkerRegistration,
  anyRun: OfflineOptions["anyRun"],
): Promise<void> {
  if (await anyRun()) return;
  await registration.update().catch(() => undefined);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
