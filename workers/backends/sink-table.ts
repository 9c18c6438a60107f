import type { RequestId } from "../../protocol/index.ts";
import type { EventSink } from "./backend.ts";

/** Who hears of which request. A step goes once to everybody with a request in flight. */
export class SinkTable {
  readonly #sinks = new Map<RequestId, EventSink>();

  add(requestId: RequestId, sink: EventSink): void {
    this.#sinks.set(requestId, sink);
  }

  emit(event: Parameters<EventSink>[0]): void {
    if (event.type === "step" || event.type === "device-lost") {
      for (const sink of new Set(this.#sinks.values())) sink(event);
      return;
    }
    const { requestId } = event;
    if (requestId === undefined) return;
    const sink = this.#sinks.get(requestId);
    if (event.type === "finished" || event.type === "failed") this.#sinks.delete(requestId);
    sink?.(event);
  }
}
