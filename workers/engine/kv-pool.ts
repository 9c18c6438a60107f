/**
 * Shape of the KV pool: the one in use and the one asked for. They differ from a `configure`
 * until the engine is idle, when the pool is replaced and everything cached is gone.
 */
import { type EnginePolicy, InferscopeError, policyProblem } from "../../protocol/index.ts";
import type { KvCache } from "./kv-cache.ts";
import type { KvShape, ModelRunner } from "./model-runner.ts";

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class KvPool {
  readonly #kv: KvCache;
  #current: KvShape;
  #wanted: KvShape;
  /** While it is being allocated. */
  #incoming: KvShape | null = null;
  #waiters: Waiter[] = [];

  constructor(kv: KvCache, shape: KvShape) {
    this.#kv = kv;
    this.#current = poolOf(shape);
    this.#wanted = this.#current;
  }

  get current(): KvShape {
    return this.#current;
  }

  get wanted(): KvShape {
    return this.#wanted;
  }

  /** What a request submitted now will be served from. */
  get next(): KvShape {
    return this.#incoming ?? this.#current;
  }

  get isStale(): boolean {
    return !isSamePool(this.#current, this.#wanted);
  }

  /** Resolves when a pool of this shape (or of one asked for later) is in use. */
  want(shape: KvShape): Promise<void> {
    this.#wanted = poolOf(shape);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      if (!this.isStale) this.#settle((waiter) => waiter.resolve());
    });
  }

  /** Only while idle. Rejects when the device can hold neither the new pool nor the old one. */
  async replace(runner: ModelRunner): Promise<void> {
    const shape = this.#wanted;
    this.#incoming = shape;
    try {
      await this.#install(runner, shape);
      if (!this.isStale) this.#settle((waiter) => waiter.resolve());
    } catch (error) {
      this.#wanted = this.#current;
      this.#incoming = this.#current;
      this.#settle((waiter) => waiter.reject(error));
      // The old pool is gone from the device as well.
      await this.#install(runner, this.#current);
    } finally {
      this.#incoming = null;
    }
  }

  async #install(runner: ModelRunner, shape: KvShape): Promise<void> {
    await runner.allocateKv(shape);
    this.#kv.reset(shape);
    this.#current = shape;
  }

  #settle(tell: (waiter: Waiter) => void): void {
    this.#waiters.splice(0).forEach(tell);
  }
}

function poolOf({ numBlocks, blockSize }: KvShape): KvShape {
  return { numBlocks, blockSize };
}

function isSamePool(a: KvShape, b: KvShape): boolean {
  return a.numBlocks === b.numBlocks && a.blockSize === b.blockSize;
}

/** Throws `invalid-request`, or `device-limit` with the numbers. */
export function checkPolicy(policy: EnginePolicy, runner: ModelRunner): void {
  const problem = policyProblem(policy);
  if (problem !== null) throw new InferscopeError("invalid-request", problem);
  const { numBlocks, blockSize } = policy;
  const maxNumBlocks = runner.maxNumBlocks(blockSize);
  if (numBlocks > maxNumBlocks) {
    throw new InferscopeError(
      "device-limit",
      `a KV pool of ${numBlocks} blocks of ${blockSize} tokens exceeds what the device can hold, ${maxNumBlocks} blocks`,
      { hint: `Ask for at most ${maxNumBlocks} blocks.`, details: { numBlocks, blockSize, maxNumBlocks } },
    );
  }
}
