import { heartbeatMs } from "../../protocol/index.ts";

const missesUntilDead = 3;
/** While a call is under way that may block the worker long: 30 s. */
const missesWhilePatient = 15;

/**
 * Says when the worker has been silent for three heartbeats. It counts its own ticks, not
 * time: after a sleep of the machine, or in a hidden tab whose timers run once a minute, a
 * single late tick is a single miss, and the worker's queued messages arrive before the next.
 */
export class Watchdog {
  readonly #onDead: () => void;
  #timer: ReturnType<typeof setInterval> | null = null;
  #misses = 0;
  #reasonsForPatience = 0;

  constructor(onDead: () => void) {
    this.#onDead = onDead;
  }

  start(): void {
    this.stop();
    this.#misses = 0;
    this.#timer = setInterval(() => {
      this.#misses += 1;
      // The first tick after a sign of life is no miss: the beat may fall just behind the tick.
      if (this.#misses <= (this.#reasonsForPatience > 0 ? missesWhilePatient : missesUntilDead)) return;
      this.stop();
      this.#onDead();
    }, heartbeatMs);
  }

  /** Any message is a sign of life. */
  alive(): void {
    this.#misses = 0;
  }

  /** Waits longer until the returned function is called. */
  bePatient(): () => void {
    this.#reasonsForPatience += 1;
    return () => {
      this.#reasonsForPatience -= 1;
    };
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
