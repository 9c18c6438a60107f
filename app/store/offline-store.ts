/**
 * The page's half of the service worker: the app is stored once the page is idle, a new version
 * waits until a person asks for it, and neither happens while any tab measures.
 */
import { createStore, type StoreApi } from "zustand/vanilla";

export interface OfflineState {
  /** Whether the app opens without a network; `unsupported`: insecure origin, or the dev server. */
  readonly app: "unsupported" | "not-stored" | "storing" | "stored" | "failed";
  /** `other-tab`: another tab took the new version; this one still runs the old one. */
  readonly update: "none" | "waiting" | "other-tab";
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
    while (await anyRun()) await pause(idleCheckMs);
    try {
      const registered = await container.register(script, { updateViaCache: "none" });
      registration = registered;
      const watch = () => registered.installing?.addEventListener("statechange", show);
      registered.addEventListener("updatefound", () => {
        watch();
        show();
      });
      watch();
      show();
      setInterval(() => void checkForUpdate(registered, anyRun), updateCheckMs);
    } catch {
      store.setState({ app: "failed" });
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
