/**
 * A serving engine for tests, on a clock that it moves itself: a step takes 2 ms and 0.1 ms a
 * token. Follows batching mode and prefix cache of its policy, and finds the longest prefix of any earlier prompt
 * in its cache, in blocks of 16.
 */
import {
  defaultPolicy,
  epochMs,
  requestId,
  type EnginePolicy,
  type EngineStatus,
  type GenerateRequest,
  type Generation,
  type GenerationResult,
  type ModelInfo,
  type SequenceStep,
  type StepTrace,
} from "../../../protocol/index.ts";
import type { ServingEngine } from "../serving-engine.ts";

export const fakeModel: ModelInfo = {
  id: "fake",
  architecture: "llama",
  quantization: "q4f16_1",
  numParams: 1000,
  contextWindow: 1024,
  vocabSize: 256,
  weightBytes: 600,
  kvBytesPerToken: 10,
  numBlocks: 512,
  blockSize: 16,
  synthetic: false,
  runner: "gpu",
  backend: "paged",
  weightsHash: "0123",
  stopTokenIds: [0],
};

interface Running {
  readonly id: string;
  readonly request: GenerateRequest;
  readonly submittedMs: number;
  readonly numCached: number;
  readonly resolve: (result: GenerationResult) => void;
  readonly tokenMs: number[];
  startedMs: number;
}

export class FakeServing implements ServingEngine {
  readonly log: string[] = [];
  nowMs = 1000;
  policy: EnginePolicy = defaultPolicy;
  readonly #listeners = new Set<(trace: StepTrace) => void>();
  readonly #cache: (readonly number[])[] = [];
  readonly #waiting: Running[] = [];
  readonly #running: Running[] = [];
  #isLooping = false;
  #step = 0;

  readonly configure = (change: Partial<EnginePolicy>): Promise<EnginePolicy> => {
    this.policy = { ...this.policy, ...change };
    return Promise.resolve(this.policy);
  };

  readonly clearCache = (): Promise<void> => {
    this.#cache.length = 0;
    return Promise.resolve();
  };

  readonly onStep = (listener: (trace: StepTrace) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly status = (): Promise<EngineStatus> =>
    Promise.resolve({ adapter: null, kernels: [], model: fakeModel, gpuMemory: null });

  /** A token is a word. */
  readonly encode = (text: string): Promise<readonly number[]> =>
    Promise.resolve(text.split(/\s+/).map(wordId));

  readonly measureBandwidth: ServingEngine["measureBandwidth"] = () =>
    Promise.resolve({ bytesPerSecond: 1e6, bytes: 1e6, sweepMs: 1000 });

  readonly generate = (request: GenerateRequest): Generation => {
    const id = `req-${this.log.push(`${this.policy.batching} ${String(request.sampling?.maxTokens)}`)}`;
    const usesCache = this.policy.prefixCache && (request.usePrefixCache ?? true);
    const prompt = request.promptTokenIds ?? [];
    const result = new Promise<GenerationResult>((resolve) => {
      const numCached = usesCache ? this.#matched(prompt) : 0;
      this.#waiting.push({
        id,
        request,
        submittedMs: this.nowMs,
        numCached,
        resolve,
        tokenMs: [],
        startedMs: 0,
      });
      if (usesCache) this.#cache.push(prompt);
      void this.#loop();
    });
    return {
      requestId: id,
      result,
      abort: () => undefined,
      [Symbol.asyncIterator]: () => {
        throw new Error("not needed");
      },
    };
  };

  #matched(prompt: readonly number[]): number {
    const common = (other: readonly number[]): number => {
      const at = prompt.findIndex((id, index) => other[index] !== id);
      return at === -1 ? prompt.length - 1 : at;
    };
    return Math.floor(Math.max(0, ...this.#cache.map(common)) / 16) * 16;
  }

  async #loop(): Promise<void> {
    if (this.#isLooping) return;
    this.#isLooping = true;
    // Whatever is submitted in the same turn of the event loop is served together.
    await new Promise((resolve) => setTimeout(resolve, 0));
    while (this.#waiting.length + this.#running.length > 0) this.#runStep();
    this.#isLooping = false;
  }

  #runStep(): void {
    const { batching, maxNumSeqs } = this.policy;
    if (batching !== "static" || this.#running.length === 0) {
      const most = batching === "none" ? 1 : maxNumSeqs;
      const admitted = this.#waiting.splice(0, most - this.#running.length);
      for (const each of admitted) each.startedMs = this.nowMs;
      this.#running.push(...admitted);
    }
    const startMs = this.nowMs;
    let [numPrefillTokens, numDecodeTokens] = [0, 0];
    for (const { tokenMs, request, numCached } of this.#running) {
      if (tokenMs.length > 0) numDecodeTokens += 1;
      else numPrefillTokens += (request.promptTokenIds?.length ?? 0) - numCached;
    }
    const totalMs = 2 + 0.1 * (numPrefillTokens + numDecodeTokens);
    this.nowMs += totalMs;
    for (const each of this.#running) each.tokenMs.push(this.nowMs);
    this.#emit({ startMs, totalMs, numPrefillTokens, numDecodeTokens });
    for (const each of this.#running.filter(isDone)) {
      this.#running.splice(this.#running.indexOf(each), 1);
      each.resolve(resultOf(each));
    }
    this.nowMs += 0.5;
  }

  #emit(
    step: Pick<StepTrace, "totalMs" | "numPrefillTokens" | "numDecodeTokens"> & { startMs: number },
  ): void {
    const trace: StepTrace = {
      ...step,
      startMs: epochMs(step.startMs),
      step: (this.#step += 1),
      scheduleMs: 0.25,
      maskMs: 0,
      encodeMs: 0.5,
      gpuMs: null,
      readbackMs: 1,
      numDispatches: 48,
      sequences: this.#running.map(({ id, tokenMs }) => sequenceStep(id, tokenMs.length)),
      kv: { used: 0, cached: 0, free: 512, total: 512 },
      evictions: [],
      preemptions: [],
      numWaiting: this.#waiting.length,
      numRunning: this.#running.length,
    };
    for (const listener of this.#listeners) listener(trace);
  }
}

/** A token is a word. */
export function wordId(word: string): number {
  let hash = 7;
  for (let index = 0; index < word.length; index++) hash = (31 * hash + word.charCodeAt(index)) % 251;
  return hash;
}

const isDone = ({ tokenMs, request }: Running): boolean =>
  tokenMs.length >= (request.sampling?.maxTokens ?? 1);

const sequenceStep = (id: string, numTokens: number): SequenceStep => ({
  requestId: requestId(id),
  choice: 0,
  phase: numTokens > 1 ? "decode" : "prefill",
  numScheduledTokens: 1,
  numCachedTokens: 0,
  numComputedTokens: numTokens,
  newTokenIds: [1],
  text: "",
});

function resultOf({ id, request, submittedMs, startedMs, numCached, tokenMs }: Running): GenerationResult {
  const [first = submittedMs] = tokenMs;
  const last = tokenMs.at(-1) ?? first;
  return {
    requestId: id,
    submittedMs,
    tokenIds: tokenMs.map(() => 1),
    text: "",
    finishReason: "length",
    choices: [],
    metrics: {
      numPromptTokens: request.promptTokenIds?.length ?? 0,
      numCachedTokens: numCached,
      numOutputTokens: tokenMs.length,
      numPreemptions: 0,
      queueTimeMs: startedMs - submittedMs,
      prefillTimeMs: first - startedMs,
      ttftMs: first - submittedMs,
      itlMs: tokenMs.slice(1).map((atMs, index) => atMs - (tokenMs[index] ?? atMs)),
      tpotMs: null,
      e2eLatencyMs: last - submittedMs,
    },
  };
}
