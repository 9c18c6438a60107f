import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { heartbeatMs } from "../../protocol/index.ts";
import { Watchdog } from "./watchdog.ts";

describe("Watchdog", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("gives up after three silent beats, later while it has a reason to wait", () => {
    const onDead = vi.fn();
    const watchdog = new Watchdog(onDead);
    watchdog.start();
    const release = watchdog.bePatient();
    vi.advanceTimersByTime(10 * heartbeatMs);
    expect(onDead).not.toHaveBeenCalled();
    release();
    vi.advanceTimersByTime(heartbeatMs);
    expect(onDead).toHaveBeenCalledOnce();

    watchdog.start();
    watchdog.bePatient();
    vi.advanceTimersByTime(16 * heartbeatMs);
    expect(onDead).toHaveBeenCalledTimes(2);
    watchdog.stop();
  });
});
