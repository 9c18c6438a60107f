import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { InstallProblem } from "../../protocol/index.ts";
import { createOffline, type OfflineState } from "./offline-store.ts";

class FakeRegistration extends EventTarget {
  installing: EventTarget | null = new EventTarget();
  waiting: object | null = null;
  active: object | null = null;
  update = () => Promise.resolve();
  /** The worker under way ends, with or without success. */
  end(active: object | null): void {
    const { installing } = this;
    this.installing = null;
    this.active = active;
    installing?.dispatchEvent(new Event("statechange"));
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function start(register: () => Promise<unknown>) {
  const container = Object.assign(new EventTarget(), { controller: null, register });
  const offline = createOffline({
    container: container as unknown as ServiceWorkerContainer,
    anyRun: () => Promise.resolve(false),
    script: "service-worker.js",
    reload: () => undefined,
  });
  await offline.start();
  const tell = (data: unknown) => container.dispatchEvent(new MessageEvent("message", { data }));
  return { tell, state: (): OfflineState => offline.store.getState() };
}

const problem: InstallProblem = { reason: "differs", file: "assets/a.js", detail: "3 bytes" };
const failed = { type: "INSTALL_FAILED", problem };

describe("storing the app", () => {
  it("tells that a service worker was refused, in the browser's words", async () => {
    const { state } = await start(() => Promise.reject(new Error("The operation is insecure.")));
    expect(state()).toMatchObject({
      app: "failed",
      problem: { reason: "refused", detail: "The operation is insecure." },
    });
  });

  it("tells that none was given at all", async () => {
    const { state } = await start(() => Promise.resolve(undefined));
    expect(state()).toMatchObject({ app: "failed", problem: { reason: "blocked" } });
  });

  it("tells which file kept it from being stored", async () => {
    const registration = new FakeRegistration();
    const { state, tell } = await start(() => Promise.resolve(registration));
    expect(state()).toMatchObject({ app: "storing", problem: null });
    tell(failed);
    registration.end(null);
    expect(state()).toEqual({ app: "failed", update: "none", problem });
  });

  it("keeps the old version where a new one cannot be stored, and forgets that with the next try", async () => {
    const registration = new FakeRegistration();
    const { state, tell } = await start(() => Promise.resolve(registration));
    registration.end({});
    expect(state()).toEqual({ app: "stored", update: "none", problem: null });
    registration.installing = new EventTarget();
    registration.dispatchEvent(new Event("updatefound"));
    tell(failed);
    registration.end({});
    expect(state()).toEqual({ app: "stored", update: "none", problem });
    registration.installing = new EventTarget();
    registration.dispatchEvent(new Event("updatefound"));
    expect(state().problem).toBeNull();
  });

  it("does not listen to what others say", async () => {
    const { state, tell } = await start(() => Promise.resolve(new FakeRegistration()));
    for (const data of [null, "INSTALL_FAILED", {}, { type: "OTHER", problem }]) tell(data);
    expect(state().problem).toBeNull();
  });
});
