/**
 * The Web Lock that is held while requests or experiments run: browsers do not freeze a hidden tab
 * that holds one, so a measurement goes on behind another tab, and other tabs see that it does.
 * Without the API nothing is held.
 */
const runLockName = "inferscope-run";
// Shared: two tabs may both run.
const shared = { mode: "shared" } as const;

export class RunLock {
  readonly #locks: LockManager | undefined;
  #release: (() => void) | null = null;

  constructor(locks: LockManager | undefined) {
    this.#locks = locks;
  }

  /** `busy`: whether any request is in flight. */
  set(busy: boolean): void {
    if (!busy) {
      this.#release?.();
      this.#release = null;
    } else if (this.#release === null && this.#locks !== undefined) {
      const held = new Promise<void>((resolve) => (this.#release = resolve));
      // A refusal (private mode) costs us only the protection.
      this.#locks.request(runLockName, shared, () => held).catch(() => undefined);
    }
  }
}

/** Holds the lock from the first call of an experiment to its last, pauses between them included. */
export async function duringRun<Result>(
  locks: LockManager | undefined,
  run: () => Promise<Result>,
): Promise<Result> {
  const lock = new RunLock(locks);
  lock.set(true);
  try {
    return await run();
  } finally {
    lock.set(false);
  }
}

/** Whether any tab of this origin runs something. */
export async function anyRun(locks: LockManager | undefined): Promise<boolean> {
  const { held = [] } = (await locks?.query()) ?? {};
  return held.some(({ name }) => name === runLockName);
}
