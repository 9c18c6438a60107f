/** What every backend must do, as tests. Each implementation runs the whole suite. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  defaultSampling,
  requestId,
  type EngineEvent,
  type LoadParams,
  type Prompt,
  type Request,
  type RequestId,
  type SamplingParams,
} from "../../protocol/index.ts";
import type { EventSink, InferenceBackend } from "./backend.ts";

export interface Subject {
  readonly backend: InferenceBackend;
  readonly params: LoadParams;
  close?(): Promise<void>;
}

export interface Ended {
  readonly events: readonly EngineEvent[];
  readonly terminal: Extract<EngineEvent, { type: "finished" | "failed" }>;
}

let counter = 0;

export function request(prompt: Prompt, sampling: Partial<SamplingParams> = {}): Request {
  counter += 1;
  return {
    id: requestId(`test-${counter}`),
    prompt,
    sampling: { ...defaultSampling, maxTokens: 8, ...sampling },
    responseFormat: { type: "text" },
    usePrefixCache: true,
  };
}

/** Submits and collects everything until the one terminal event. `onStep` (or chunk) may abort. */
export function run(
  backend: InferenceBackend,
  submitted: Request,
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

const isTerminal = (event: EngineEvent) => event.type === "finished" || event.type === "failed";

/** The choices of a request that finished well. */
export function finished({ terminal }: Ended) {
  if (terminal.type === "failed") throw new Error(`${terminal.error.kind}: ${terminal.error.message}`);
  return terminal;
}

export function contract(name: string, create: () => Promise<Subject>): void {
  describe(`the backend contract: ${name}`, () => {
    let subject: Subject;
    let backend: InferenceBackend;
    const signal = () => new AbortController().signal;
    const text = (content: string): Prompt => ({ type: "messages", messages: [{ role: "user", content }] });

    beforeAll(async () => {
      subject = await create();
      ({ backend } = subject);
    });
    afterAll(async () => {
      await backend.unload();
      await subject.close?.();
    });

    it("refuses requests before a load", () => {
      expect(() => backend.submit(request(text("hi")), () => undefined)).toThrow(
        expect.objectContaining({ kind: "no-model" }),
      );
    });

    it("loads and says what it loaded", async () => {
      const { model, capabilities } = await backend.load(subject.params, () => undefined, signal());
      expect(model.backend).toBe(subject.params.backend);
      expect(capabilities).toEqual(backend.capabilities);
      expect(backend.status().model).toEqual(model);
    });

    it("ends a request with one event, after its text", async () => {
      const ended = await run(backend, request(text("Say something.")));
      const { choices, metrics } = finished(ended);
      expect(ended.events.filter(isTerminal)).toHaveLength(1);
      expect(ended.events.findIndex(isTerminal)).toBe(ended.events.length - 1);
      const streamed = ended.events
        .flatMap((event) => {
          if (event.type === "chunk") return event.text;
          return event.type === "step" ? event.trace.sequences.map((row) => row.text) : [];
        })
        .join("");
      expect(choices.map((choice) => choice.text)).toEqual([streamed]);
      expect(metrics.numOutputTokens).toBeGreaterThan(0);
      if (backend.capabilities.tokenIds)
        expect(choices[0]?.tokenIds).toHaveLength(metrics.numOutputTokens ?? 0);
      if (!backend.capabilities.cachedTokenCounts) expect(metrics.numCachedTokens).toBeNull();
    });

    it("gives the same greedy text twice", async () => {
      const first = finished(await run(backend, request(text("Again?"))));
      const second = finished(await run(backend, request(text("Again?"))));
      expect(second.choices[0]?.text).toBe(first.choices[0]?.text);
    });

    it("aborts with what there is, once", async () => {
      const ended = await run(
        backend,
        request(text("A long story"), { maxTokens: 500, ignoreEos: true }),
        (id) => backend.abort(id),
      );
      expect(finished(ended).choices[0]?.finishReason).toBe("abort");
      expect(ended.events.filter(isTerminal)).toHaveLength(1);
      backend.abort(requestId("never-heard-of"));
    });

    it("ends every one of several requests", async () => {
      const all = await Promise.all(["a", "b", "c", "d"].map((word) => run(backend, request(text(word)))));
      for (const ended of all) expect(finished(ended).choices).toHaveLength(1);
    });

    it("unloads, and loads again", async () => {
      const running = run(backend, request(text("cut off"), { maxTokens: 500, ignoreEos: true }));
      await backend.unload();
      expect(finished(await running).choices[0]?.finishReason).toBe("abort");
      expect(backend.status().model).toBeNull();
      await backend.load(subject.params, () => undefined, signal());
      finished(await run(backend, request(text("hello"))));
    });

    it("gives up a cancelled load", async () => {
      const controller = new AbortController();
      const load = backend.load(subject.params, () => controller.abort(), controller.signal);
      await expect(load).rejects.toThrow();
      expect(backend.status().model).toBeNull();
    });
  });
}
