/**
 * The same plan, rows and weights on two engines. One model is in memory at a time, so the engines
 * take turns by whole passes over the rows, A B, B A, …: what drifts with time hits both alike.
 */
import {
  InferscopeError,
  now,
  serializeError,
  type AbortSignalLike,
  type SerializedError,
} from "../../../../protocol/index.ts";
import { runCompare, type CompareEvent } from "../compare/run.ts";
import type { LabContext } from "../../context.ts";
import { cancelled } from "../../experiment.ts";
import { interruptedError, interruptionOf } from "../../interruptions.ts";
import type { Environment } from "../../environment.ts";
import { buildReport, counts } from "../compare/report.ts";
import type { LabEngine } from "../../run-plan.ts";
import type { Sample } from "../../sample.ts";
import type { Row } from "../../workloads/workload.ts";
import { checkAnswers } from "./answers.ts";
import { duelFigures } from "./figures.ts";
import { sourceOf, type DuelOptions } from "./options.ts";
import { duelVersion, type DuelEngine, type DuelReport, type DuelSide, type EngineId } from "./report.ts";
import { checkWeights } from "./weights.ts";

export type DuelEvent =
  | { readonly type: "load"; readonly engine: EngineId; readonly done: number; readonly total: number }
  | { readonly type: "load-failed"; readonly engine: EngineId; readonly error: SerializedError }
  /** `plan` of its slot is the engine. */
  | CompareEvent;

/** A turn of one engine: so many passes over the rows on one load. */
export interface Block {
  readonly engine: DuelEngine;
  readonly passes: readonly number[];
}

/** A B B A A B …, neighbours of one engine on one load. */
export function schedule([a, b]: DuelOptions["engines"], passes: number): readonly Block[] {
  const blocks: { engine: DuelEngine; passes: number[] }[] = [];
  for (let pass = 0; pass < passes; pass += 1) {
    for (const engine of pass % 2 === 0 ? [a, b] : [b, a]) {
      const last = blocks.at(-1);
      if (last?.engine === engine) last.passes.push(pass);
      else blocks.push({ engine, passes: [pass] });
    }
  }
  return blocks;
}

type DuelLab = Pick<LabContext, "engine" | "environment" | "load">;

/**
 * What one engine cannot do is told beside the other's results; rejects when neither answered a
 * row. Leaves an engine loaded wherever one did load.
 */
export async function runDuel(
  lab: DuelLab,
  options: DuelOptions,
  emit: (event: DuelEvent) => void,
  signal: AbortSignalLike,
): Promise<DuelReport> {
  const run = new Run(lab, options, signal, emit);
  for (const block of schedule(options.engines, options.passes)) {
    if (run.aborted) break;
    await run.block(block);
  }
  await run.leaveLoaded();
  return run.report();
}

/** What gathers while the engines take turns. */
class Run {
  readonly #lab: DuelLab;
  readonly #options: DuelOptions;
  readonly #signal: AbortSignalLike;
  readonly #emit: (event: DuelEvent) => void;
  readonly #sides: readonly [Side, Side];
  readonly #samples: Sample[] = [];
  readonly #order: EngineId[] = [];
  readonly #tokenIds = new Map<string, readonly number[]>();
  readonly #engine: LabEngine;
  #rows: readonly Row[] = [];
  #done = 0;
  #loaded: Side | null = null;

  constructor(lab: DuelLab, options: DuelOptions, signal: AbortSignalLike, emit: (event: DuelEvent) => void) {
    this.#lab = lab;
    this.#options = options;
    this.#signal = signal;
    this.#emit = emit;
    const [a, b] = options.engines;
    this.#sides = [new Side(a), new Side(b)];
    this.#engine = keepingTokenIds(lab.engine, this.#tokenIds);
  }

  get aborted(): boolean {
    return this.#signal.aborted;
  }

  get #total(): number {
    return 2 * this.#options.passes * this.#options.rows;
  }

  async block({ engine, passes }: Block): Promise<void> {
    const side = this.#sides.find((each) => each.engine === engine);
    if (side === undefined) return;
    if (!side.failed && (await this.#load(side))) {
      for (const pass of passes) await this.#pass(side, pass);
    } else {
      this.#done += passes.length * this.#options.rows;
    }
  }

  /** False where it failed or was cancelled. */
  async #load(side: Side): Promise<boolean> {
    const { engine } = side;
    this.#emit({ type: "load", engine: engine.id, done: this.#done, total: this.#total });
    const startMs = now();
    this.#loaded = null;
    try {
      await this.#lab.load(sourceOf(engine), {
        backend: engine.backend,
        runner: engine.runner,
        signal: this.#signal,
      });
      side.loadMs.push(now() - startMs);
      this.#loaded = side;
      this.#order.push(engine.id);
      side.environment = await this.#lab.environment();
      return true;
    } catch (cause) {
      if (!this.aborted) this.#fail(side, serializeError(cause));
      return false;
    }
  }

  async #pass(side: Side, pass: number): Promise<void> {
    if (this.aborted || side.failed) return;
    const { workload, plan, rows, seed, cache } = this.#options;
    const { id, title } = side.engine;
    const before = this.#samples.length;
    const shift = this.#done;
    const run = await runCompare(
      this.#engine,
      // Rows are judged as the plan's; the samples are the engine's.
      { ...workload, evaluate: (_, row, answers) => workload.evaluate(plan.id, row, answers) },
      { plans: [{ ...plan, id, title }], rows, repeats: 1, seed, cache },
      {
        signal: this.#signal,
        onEvent: (event) =>
          this.#emit(
            event.type === "call" ? event : { ...event, done: event.done + shift, total: this.#total },
          ),
      },
    );
    this.#rows = run.rows;
    this.#samples.push(
      ...run.samples.map((sample, index) => ({ ...sample, repeat: pass, order: before + index })),
    );
    this.#done += rows;
    const failures = run.samples.flatMap(({ error }) => (error === null ? [] : [error]));
    const [first] = failures;
    // An engine that answers nothing any more is not asked for another pass.
    if (first !== undefined && failures.length === run.samples.length) this.#fail(side, first);
  }

  #fail(side: Side, error: SerializedError): void {
    side.error = error;
    this.#emit({ type: "load-failed", engine: side.engine.id, error });
  }

  /** A failed or cancelled load leaves nothing in memory: the other engine comes back. */
  async leaveLoaded(): Promise<void> {
    const side = this.#sides.find(({ loadMs }) => loadMs.length > 0);
    if (this.#loaded !== null || side === undefined) return;
    const { backend, runner } = side.engine;
    await this.#lab.load(sourceOf(side.engine), { backend, runner }).catch(() => undefined);
  }

  report(): DuelReport {
    const { workload, definition, plan, passes, seed, cache, rows, priceSheet } = this.#options;
    const [a, b] = this.#sides;
    const of = ({ engine }: Side) =>
      this.#samples.filter((sample) => sample.planId === engine.id && counts(sample));
    const [from, to] = [of(a), of(b)];
    if (from.length + to.length === 0) {
      const interruption = interruptionOf(this.#samples.flatMap(({ calls }) => calls));
      throw interruption === null ? this.#nothing() : interruptedError(interruption);
    }
    const report = buildReport(
      {
        id: `duel/${workload.id}/${plan.id}`,
        version: workload.version,
        title: `Two engines on ${workload.title}, ${plan.title}`,
      },
      { plans: [a.engine, b.engine], rows, repeats: passes, seed, cache },
      { samples: this.#samples, rows: this.#rows, aborted: this.aborted },
      bothEnvironments(a.environment, b.environment),
      priceSheet,
    );
    return {
      ...report,
      kind: "inferscope.duel",
      version: duelVersion,
      ...(definition === null ? {} : { definition }),
      // Unit costs are one engine's: fitted over two they would mean nothing.
      causes: [],
      duel: {
        plan: { id: plan.id, title: plan.title },
        sides: [a.result(), b.result()],
        order: this.#order,
        weights: checkWeights(a.environment, b.environment),
        answers: checkAnswers(from, to, this.#tokenIds),
        figures: duelFigures(from, to),
      },
    };
  }

  #nothing(): InferscopeError {
    const [a, b] = this.#sides;
    const error = a.error ?? b.error;
    if (this.aborted || error === null) return cancelled();
    const what = (side: Side) => `${side.engine.title}: ${side.error?.message ?? "not reached"}`;
    return new InferscopeError(error.kind, `Neither engine answered a row. ${what(a)} ${what(b)}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}

class Side {
  readonly engine: DuelEngine;
  readonly loadMs: number[] = [];
  environment: Environment | null = null;
  error: SerializedError | null = null;

  constructor(engine: DuelEngine) {
    this.engine = engine;
  }

  get failed(): boolean {
    return this.error !== null;
  }

  result(): DuelSide {
    const { engine, loadMs, environment, error } = this;
    return { ...engine, loadMs, environment, error };
  }
}

function keepingTokenIds(engine: LabEngine, into: Map<string, readonly number[]>): LabEngine {
  return {
    ...engine,
    generate: (request) => {
      const generation = engine.generate(request);
      generation.result.then(
        ({ requestId, tokenIds }) => void into.set(requestId, tokenIds),
        () => undefined,
      );
      return generation;
    },
  };
}

/** What both share stays; what differs reads "gpu / cpu". */
function bothEnvironments(a: Environment | null, b: Environment | null): Environment {
  const [first, second] = [a ?? b, b ?? a];
  if (first === null || second === null) throw new Error("no engine was loaded");
  const both = (from: string | null, to: string | null): string | null =>
    from === to ? from : `${from ?? "none"} / ${to ?? "none"}`;
  return {
    ...first,
    adapter: first.adapter ?? second.adapter,
    isSoftwareAdapter: first.isSoftwareAdapter ?? second.isSoftwareAdapter,
    modelId: both(first.modelId, second.modelId),
    weightsHash: both(first.weightsHash, second.weightsHash),
    quantization: both(first.quantization, second.quantization),
    runner: both(first.runner, second.runner),
    backend: both(first.backend, second.backend),
    syntheticWeights: first.syntheticWeights === true || second.syntheticWeights === true,
  };
}
