/**
 * A way back to the event loop between two steps, so that `abort` and other messages get
 * through. A promise alone does not do it: microtasks run before any message is delivered.
 * `setTimeout` is the last resort, as browsers stretch nested timers to 4 ms.
 */
export type YieldToEvents = () => Promise<void>;

/** What of the platform is used; this folder knows neither DOM nor Node. */
interface Platform {
  readonly setImmediate?: (callback: () => void) => unknown;
  readonly MessageChannel?: new () => {
    readonly port1: { onmessage: (() => void) | null };
    readonly port2: { postMessage(message: null): void };
  };
  readonly setTimeout: (callback: () => void, ms: number) => unknown;
}

export function createYieldToEvents(platform: Platform = globalThis as unknown as Platform): YieldToEvents {
  const { setImmediate, MessageChannel, setTimeout } = platform;
  if (setImmediate !== undefined) return () => new Promise((resolve) => void setImmediate(resolve));
  if (MessageChannel === undefined) return () => new Promise((resolve) => void setTimeout(resolve, 0));
  const channel = new MessageChannel();
  const waiting: (() => void)[] = [];
  channel.port1.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      channel.port2.postMessage(null);
    });
}
