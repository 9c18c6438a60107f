/** An engine over the fake runner or a real one, with what it emitted and a virtual clock. */
import {
  defaultPolicy,
  defaultSampling,
  type EnginePolicy,
  type EpochMs,
  epochMs,
  InferscopeError,
  requestId,
  type SamplingParams,
  type StepTrace,
} from "../../../protocol/index.ts";
import { Engine } from "../engine.ts";
import type { ModelRunner } from "../model-runner.ts";
import type { EngineRequest, TextStream } from "../request.ts";
import type { EngineOutput } from "../request-table.ts";
import { FakeRunner, type FakeRunnerOptions } from "./fake-runner.ts";

export type Terminal = Exclude<EngineOutput, { type: "step" }>;

export interface RequestSpec extends Partial<SamplingParams> {
  readonly prompt: readonly number[];
  readonly usePrefixCache?: boolean;
  readonly stopTokenIds?: readonly number[];
}

/** More than any test's requests need. */
const maxStepsWithoutEnd = 1_000;

export class Harness<Runner extends ModelRunner = FakeRunner> {
  readonly runner: Runner;
  readonly engine: Engine;
  readonly steps: StepTrace[] = [];
  /** Terminal events per request, to see that there is one. */
  readonly terminals = new Map<string, Terminal[]>();
  readonly integrityErrors: Error[] = [];
  /** Tokens streamed per request and choice. */
  readonly streamed = new Map<string, number[]>();
  /** Called after each step, with the engine between two steps. */
  onStep: (trace: StepTrace) => void = () => undefined;
  #numStepsWithoutEnd = 0;

  static create(
    policy: Partial<EnginePolicy> = {},
    options: FakeRunnerOptions = {},
    clock: () => EpochMs = virtualClock(),
  ): Promise<Harness> {
    const small = { numBlocks: 64, blockSize: 4, maxNumBatchedTokens: 32 };
    return Harness.over(new FakeRunner(options), { ...small, ...policy }, clock);
  }

  static async over<Runner extends ModelRunner>(
    runner: Runner,
    policy: Partial<EnginePolicy>,
    clock: () => EpochMs = virtualClock(),
  ): Promise<Harness<Runner>> {
    const sink: { emit: (event: EngineOutput) => void; between: () => void } = {
      emit: () => undefined,
      between: () => undefined,
    };
    const integrityErrors: Error[] = [];
    const engine = await Engine.create({
      runner,
      policy: { ...defaultPolicy, ...policy },
      emit: (event) => sink.emit(event),
      now: clock,
      yieldToEvents: async () => {
        await Promise.resolve();
        sink.between();
      },
      onIntegrityError: (error) => integrityErrors.push(error),
    });
    const harness = new Harness(runner, engine, integrityErrors, clock);
    sink.emit = (event) => harness.#take(event);
    sink.between = () => {
      try {
        harness.#numStepsWithoutEnd += 1;
        if (harness.#numStepsWithoutEnd > maxStepsWithoutEnd) throw new Error("no request ends any more");
        engine.checkIntegrity();
      } catch (error) {
        if (!(error instanceof Error)) return;
        integrityErrors.push(error);
        // Wrong books can keep it from ever coming to rest; the test is to fail, not to hang.
        engine.fail(new InferscopeError("internal", error.message));
      }
    };
    return harness;
  }

  readonly #clock: () => EpochMs;

  private constructor(runner: Runner, engine: Engine, integrityErrors: Error[], clock: () => EpochMs) {
    this.#clock = clock;
    this.runner = runner;
    this.engine = engine;
    this.integrityErrors = integrityErrors;
  }

  submit(id: string, spec: RequestSpec): void {
    this.engine.submit(request(id, spec, this.#clock()));
  }

  abort(id: string): void {
    this.engine.abort(requestId(id));
  }

  /** The one terminal event of a request; throws when an invariant was broken on the way. */
  end(id: string): Terminal {
    if (this.integrityErrors[0] !== undefined) throw this.integrityErrors[0];
    const events = this.terminals.get(id) ?? [];
    if (events.length !== 1) throw new Error(`${id} ended ${events.length} times`);
    return events[0]!;
  }

  tokens(id: string, choice = 0): readonly number[] {
    return this.end(id).choices?.[choice]?.tokenIds ?? [];
  }

  #take(event: EngineOutput): void {
    if (event.type === "step") {
      const { kv } = event.trace;
      if (kv.free + kv.cached + kv.used !== kv.total) throw new Error(`identity: ${JSON.stringify(kv)}`);
      this.steps.push(event.trace);
      for (const row of event.trace.sequences) {
        const key = `${row.requestId}/${row.choice}`;
        this.streamed.set(key, [...(this.streamed.get(key) ?? []), ...row.newTokenIds]);
      }
      this.onStep(event.trace);
      return;
    }
    this.#numStepsWithoutEnd = 0;
    this.terminals.set(event.requestId, [...(this.terminals.get(event.requestId) ?? []), event]);
  }
}

export function request(id: string, spec: RequestSpec, submittedMs: EpochMs = epochMs(0)): EngineRequest {
  const { prompt, usePrefixCache, stopTokenIds, ...sampling } = spec;
  return {
    requestId: requestId(id),
    submittedMs,
    promptTokenIds: prompt,
    sampling: { ...defaultSampling, maxTokens: 8, ...sampling },
    stopTokenIds: stopTokenIds ?? [],
    usePrefixCache: usePrefixCache ?? true,
    createTextStream: () => new WordStream(sampling.stop ?? []),
  };
}

/** Text of a token is "<id> "; a stop string must be one whole word of these. */
class WordStream implements TextStream {
  readonly #stop: readonly string[];

  constructor(stop: readonly string[]) {
    this.#stop = stop;
  }

  push(tokenId: number): { text: string; stopped: boolean } {
    const stopped = this.#stop.includes(String(tokenId));
    return { text: stopped ? "" : `${tokenId} `, stopped };
  }

  flush(): string {
    return "";
  }
}

/** Every look at the clock is a millisecond later. */
export function virtualClock(): () => EpochMs {
  let time = 1000;
  return () => epochMs((time += 1));
}

/** A seeded generator (mulberry32): numbers in [0, 1). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
