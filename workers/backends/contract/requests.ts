/** Requests to a backend, collected until they end. */
import {
  defaultSampling,
  now,
  requestId,
  type EngineEvent,
  type Prompt,
  type SubmittedRequest,
  type RequestId,
  type SamplingParams,
} from "../../../protocol/index.ts";
import type { EventSink, InferenceBackend } from "../backend.ts";

export interface Ended {
  readonly events: readonly EngineEvent[];
  readonly terminal: Extract<EngineEvent, { type: "finished" | "failed" }>;
}

let counter = 0;

export const text = (content: string): Prompt => ({
  type: "messages",
  messages: [{ role: "user", content }],
});

export function request(prompt: Prompt, sampling: Partial<SamplingParams> = {}): SubmittedRequest {
  counter += 1;
  return {
    id: requestId(`contract-${counter}`),
    submittedMs: now(),
    prompt,
    sampling: { ...defaultSampling, maxTokens: 8, ...sampling },
    responseFormat: { type: "text" },
    usePrefixCache: true,
  };
}

/** Submits and collects everything until the one terminal event. `onStep` (or chunk) may abort. */
export function run(
  backend: InferenceBackend,
  submitted: SubmittedRequest,
  onStep: (id: RequestId) => void = () => undefined,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const events: EngineEvent[] = [];
    const sink: EventSink = (event) => {
      events.push(event);
      if (event.type === "step" || event.type === "chunk") onStep(submitted.id);
      if ((event.type === "finished" || event.type === "failed") && event.requestId === submitted.id) {
        // Late enough for a second terminal event to be seen.
        setTimeout(() => resolve({ events, terminal: event }), 20);
      }
    };
    try {
      backend.submit(submitted, sink);
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

export const isTerminal = (event: EngineEvent) => event.type === "finished" || event.type === "failed";

/** The choices of a request that finished well. */
export function finished({ terminal }: Ended) {
  if (terminal.type === "failed") throw new Error(`${terminal.error.kind}: ${terminal.error.message}`);
  return terminal;
}

/** The request's text as it came, in pieces or in steps. */
export function streamedText({ events, terminal }: Ended): string {
  return events
    .flatMap((event) => {
      if (event.type === "chunk") return event.text;
      if (event.type !== "step") return [];
      return event.trace.sequences
        .filter(({ requestId }) => requestId === terminal.requestId)
        .map((row) => row.text);
    })
    .join("");
}
