/** Listeners of one kind of event. `add` returns the way to remove. */
export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  add(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A listener that throws must not keep the others, or the protocol, from going on. */
  emit(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        reportError(error);
      }
    }
  }
}

/** Shows an error as uncaught without unwinding the caller. */
function reportError(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
