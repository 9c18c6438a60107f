/**
 * The prefix cache without a tree: one entry for each cached block, under the text of the
 * whole prefix that it ends. Slow, and plain enough to believe.
 */
interface Entry {
  readonly blockId: number;
  lockCount: number;
  lastUsed: number;
  lastUsedMs: number;
}

export class NaiveCache {
  readonly entries = new Map<string, Entry>();
  readonly #blockSize: number;
  readonly #now: () => number;
  #time = 0;

  constructor(blockSize: number, now: () => number) {
    this.#blockSize = blockSize;
    this.#now = now;
  }

  /** Prefixes of a text, one per full block, shortest first. */
  prefixes(text: string): string[] {
    const count = Math.floor(text.length / this.#blockSize);
    return Array.from({ length: count }, (_, index) => text.slice(0, (index + 1) * this.#blockSize));
  }

  match(text: string): string {
    let longest = "";
    for (const prefix of this.prefixes(text)) {
      if (!this.entries.has(prefix)) break;
      longest = prefix;
    }
    return longest;
  }

  blockIds(text: string): number[] {
    return this.prefixes(text).map((prefix) => this.entries.get(prefix)!.blockId);
  }

  lock(text: string): void {
    this.#use(text, 1);
  }

  unlock(text: string): void {
    this.#use(text, -1);
  }

  /** `held` is locked by the caller; the lock moves to `held + text`. Returns the duplicates' block ids. */
  insert(held: string, text: string, blockIds: readonly number[]): number[] {
    const duplicates: number[] = [];
    const added = this.prefixes(held + text).slice(this.prefixes(held).length);
    added.forEach((prefix, index) => {
      const existing = this.entries.get(prefix);
      if (existing === undefined) {
        this.entries.set(prefix, { blockId: blockIds[index]!, lockCount: 1, lastUsed: 0, lastUsedMs: 0 });
      } else {
        existing.lockCount += 1;
        duplicates.push(blockIds[index]!);
      }
    });
    this.#use(held + text, 0);
    return duplicates;
  }

  /** Least recently used first, of those that nobody holds and that no longer prefix needs. */
  evict(count: number): number {
    for (let numEvicted = 0; numEvicted < count; numEvicted += 1) {
      const candidates = [...this.entries].filter(
        ([text, entry]) =>
          entry.lockCount === 0 &&
          ![...this.entries.keys()].some((other) => other.length > text.length && other.startsWith(text)),
      );
      const oldest = candidates.sort((a, b) => a[1].lastUsed - b[1].lastUsed)[0];
      if (oldest === undefined) return numEvicted;
      this.entries.delete(oldest[0]);
    }
    return count;
  }

  /** Everything that nobody holds and that was used last more than `ttlMs` ago. */
  expire(ttlMs: number): number {
    const expired = [...this.entries].filter(
      ([, entry]) => entry.lockCount === 0 && this.#now() - entry.lastUsedMs > ttlMs,
    );
    for (const [text] of expired) this.entries.delete(text);
    return expired.length;
  }

  #use(text: string, locks: number): void {
    this.#time += 1;
    for (const prefix of this.prefixes(text)) {
      const entry = this.entries.get(prefix)!;
      entry.lockCount += locks;
      entry.lastUsed = this.#time;
      entry.lastUsedMs = this.#now();
    }
  }
}
