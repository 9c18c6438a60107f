/** Adds up what single dispatches took, over steps. */
import type { KernelProfile } from "../../protocol/index.ts";
import { DispatchTimer } from "../gpu/dispatch-timer.ts";

export class KernelProfiler {
  readonly #device: GPUDevice;
  /** Made with the first step, within its error scopes. */
  #timer: DispatchTimer | null = null;
  readonly #times = new Map<string, { numDispatches: number; ms: number }>();
  #isInStep = false;
  #isClosing = false;
  #numSteps = 0;
  #numUntimed = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Whoever begins a step ends it, by `takeStep` or `abandonStep`. */
  beginStep(): DispatchTimer {
    this.#isInStep = true;
    return (this.#timer ??= new DispatchTimer(this.#device));
  }

  /** After a step that failed: its times, and the timer that may be what failed, are dropped. */
  abandonStep(): void {
    this.#isInStep = false;
    this.#timer?.destroy();
    this.#timer = null;
  }

  /** After a step was submitted. */
  async takeStep(): Promise<void> {
    if (this.#timer === null) throw new Error("a step that was not begun");
    this.#add(await this.#timer.take());
    this.#isInStep = false;
    if (this.#isClosing) this.#timer.destroy();
  }

  #add({ times, numUntimed }: Awaited<ReturnType<DispatchTimer["take"]>>): void {
    this.#numSteps += 1;
    this.#numUntimed += numUntimed + times.filter(({ ms }) => ms === null).length;
    for (const { label, ms } of times) {
      if (ms === null) continue;
      const known = this.#times.get(label) ?? { numDispatches: 0, ms: 0 };
      this.#times.set(label, { numDispatches: known.numDispatches + 1, ms: known.ms + ms });
    }
  }

  /** Dearest kernel first. */
  get profile(): KernelProfile {
    const kernels = [...this.#times].map(([kernel, time]) => ({ kernel, ...time }));
    return {
      numSteps: this.#numSteps,
      numUntimed: this.#numUntimed,
      kernels: kernels.toSorted((a, b) => b.ms - a.ms),
    };
  }

  /** At the end of the step that is running. */
  destroy(): void {
    this.#isClosing = true;
    if (!this.#isInStep) this.#timer?.destroy();
  }
}
