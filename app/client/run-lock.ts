/**
 * Holds a Web Lock while requests run: browsers do not freeze a hidden tab that holds one,
 * so a measurement goes on behind another tab. Without the API nothing happens.
 */
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
      // Shared: two tabs may both run. A refusal (private mode) costs us only the protection.
      this.#locks.request("inferscope-run", { mode: "shared" }, () => held).catch(() => undefined);
    }
  }
}
