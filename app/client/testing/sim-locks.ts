/** The Web Locks of one browser for the tabs of a simulation: one exclusive lock, its queue, and stealing. */

interface Asked {
  readonly tab: object;
  readonly grant: () => unknown;
  readonly fail: () => void;
}

const exclusiveName = "inferscope-engine";

export class SimLocks {
  #queue: Asked[] = [];
  #holder: Asked | null = null;

  /** What one tab sees as `navigator.locks`. Shared locks are granted at once. */
  of(tab: object): LockManager {
    const request = (name: string, options: LockOptions, grant: () => unknown): Promise<unknown> => {
      if (name !== exclusiveName) return Promise.resolve(grant());
      return new Promise((_, reject) => {
        const fail = () => reject(new DOMException("gone", "AbortError"));
        const asked: Asked = { tab, grant, fail };
        options.signal?.addEventListener("abort", () => {
          this.#queue = this.#queue.filter((other) => other !== asked);
          fail();
        });
        if (options.steal === true) {
          this.#holder?.fail();
          this.#hold(asked);
        } else {
          this.#queue.push(asked);
          if (this.#holder === null) this.#next();
        }
      });
    };
    return { request, query: () => Promise.resolve({ held: [], pending: [] }) } as unknown as LockManager;
  }

  /** The tab is gone, and all that it held or waited for. */
  close(tab: object): void {
    this.#queue = this.#queue.filter((asked) => asked.tab !== tab);
    if (this.#holder?.tab === tab) this.#next();
  }

  #next(): void {
    this.#holder = null;
    const first = this.#queue.shift();
    if (first !== undefined) this.#hold(first);
  }

  #hold(asked: Asked): void {
    this.#holder = asked;
    queueMicrotask(() => {
      if (this.#holder === asked) asked.grant();
    });
  }
}
