/**
 * Constraints under random traffic: what they forbid never comes out, they see what was drawn and
 * nothing else, and each is disposed of once.
 */
import { expect, test } from "vitest";

import { scale } from "../testing/soak.ts";
import type { TokenConstraint } from "./request.ts";
import { Harness, request, type RequestSpec } from "./testing/harness.ts";
import { dice, type Dice, randomPolicy, randomSpec } from "./testing/simulation.ts";

const vocabSize = 97;

/** What comes next depends on all that came before, as in a grammar. */
class FakeConstraint implements TokenConstraint {
  readonly accepted: number[] = [];
  numDisposed = 0;
  readonly #seed: number;
  readonly #length: number;

  /** length: tokens after which it is complete. */
  constructor(seed: number, length: number) {
    this.#seed = seed;
    this.#length = length;
  }

  allows(id: number): boolean {
    const history = this.accepted.reduce((sum, token) => (sum * 31 + token) % 1009, this.#seed);
    return (id * 7 + history) % 5 === 0;
  }

  allowed(): Promise<Uint32Array> {
    if (this.numDisposed > 0) throw new Error("used after its end");
    const mask = new Uint32Array(Math.ceil(vocabSize / 32));
    for (let id = 0; id < vocabSize; id += 1) if (this.allows(id)) mask[id >>> 5]! |= 1 << (id & 31);
    return Promise.resolve(mask);
  }

  accept(tokenId: number): boolean {
    if (!this.allows(tokenId)) throw new Error(`${tokenId} is not allowed`);
    this.accepted.push(tokenId);
    return this.accepted.length >= this.#length;
  }

  dispose(): void {
    this.numDisposed += 1;
  }
}

interface Served {
  readonly id: string;
  readonly spec: RequestSpec;
  /** What the constraints of its choices are made from; null: none. */
  readonly rule: { readonly seed: number; readonly length: number } | null;
}

function draw(die: Dice, id: string): Served {
  const spec = { ...randomSpec(die), n: die.pick([1, 1, 3]), temperature: 1, stopTokenIds: [] };
  return { id, spec, rule: die.chance(0.3) ? null : { seed: die.int(0, 1000), length: die.int(1, 20) } };
}

/** Returns the constraints, one a choice. */
function submit(harness: Harness, { id, spec, rule }: Served): readonly FakeConstraint[] {
  const choices = Array.from(
    { length: rule === null ? 0 : (spec.n ?? 1) },
    () => new FakeConstraint(rule?.seed ?? 0, rule?.length ?? 0),
  );
  const constraint = rule === null ? {} : { constraint: { choices, compileMs: 1 } };
  harness.engine.submit({ ...request(id, spec), ...constraint });
  return choices;
}

const numRounds = scale(40, 40);

test("constrained and free requests together, preempted and aborted, draw what each draws alone", async () => {
  const alone = await Harness.create({ batching: "none", prefixCache: false, chunkedPrefill: false });
  let numPreemptions = 0;
  for (let seed = 1; seed <= numRounds; seed += 1) {
    const die = dice(seed);
    const harness = await Harness.create({ ...randomPolicy(die), numBlocks: die.int(18, 30) });
    const served = Array.from({ length: 16 }, (_, index) => draw(die, `r${index}`));
    const constraints = served.map((each) => submit(harness, each));
    const aborted = `r${die.int(0, 15)}`;
    harness.onStep = ({ step }) => step === 4 && harness.abort(aborted);
    await harness.engine.whenIdle();
    for (const [index, each] of served.entries()) {
      submit(alone, { ...each, id: `${seed} ${each.id}` });
      await alone.engine.whenIdle();
      for (let choice = 0; choice < (each.spec.n ?? 1); choice += 1) {
        const tokens = harness.tokens(each.id, choice);
        const wanted = alone.tokens(`${seed} ${each.id}`, choice);
        expect(tokens).toEqual(each.id === aborted ? wanted.slice(0, tokens.length) : wanted);
        const constraint = constraints[index]?.[choice];
        if (constraint === undefined) continue;
        expect(constraint.accepted).toEqual(tokens);
        expect(constraint.numDisposed).toBe(1);
      }
    }
    numPreemptions += harness.steps.flatMap(({ preemptions }) => preemptions).length;
  }
  expect(numPreemptions).toBeGreaterThan(scale(50, 50, 0));
});

test("a complete answer ends by itself, and the masks are counted", async () => {
  const harness = await Harness.create();
  submit(harness, { id: "r", spec: { prompt: [1, 2, 3], maxTokens: 8, n: 2 }, rule: { seed: 5, length: 3 } });
  harness.submit("free", { prompt: [1, 2, 3], maxTokens: 4 });
  await harness.engine.whenIdle();
  const end = harness.end("r");
  if (end.type !== "finished") throw new Error("failed");
  expect(end.choices.map(({ finishReason }) => finishReason)).toEqual(["stop", "stop"]);
  expect(harness.tokens("r")).toHaveLength(3);
  expect(end.metrics.constraint).toMatchObject({ compileMs: 1, numMasks: 6 });
  expect(end.metrics.constraint?.maskMs).toBeGreaterThan(0);
  expect(harness.steps[0]?.maskMs).toBeGreaterThan(0);
  expect(harness.steps.at(-1)?.maskMs).toBe(0);
  const free = harness.end("free");
  expect(free.type === "finished" && free.metrics.constraint).toBeUndefined();
});

test("a constraint that breaks fails its request and no other", async () => {
  const harness = await Harness.create();
  const broken = new FakeConstraint(1, 9);
  broken.allowed = () => Promise.reject(new Error("no token fits"));
  harness.engine.submit({
    ...request("broken", { prompt: [1, 2, 3] }),
    constraint: { choices: [broken], compileMs: 0 },
  });
  harness.submit("free", { prompt: [4, 5, 6], maxTokens: 4 });
  await harness.engine.whenIdle();
  expect(harness.end("broken")).toMatchObject({
    type: "failed",
    error: { message: "the next token could not be constrained: no token fits" },
    choices: [{ tokenIds: [] }],
  });
  expect(harness.tokens("free")).toHaveLength(4);
  expect(broken.numDisposed).toBe(1);
});

test("going on past the end and a constraint exclude each other", async () => {
  const harness = await Harness.create();
  const rule = { seed: 1, length: 1 };
  expect(() => submit(harness, { id: "r", spec: { prompt: [1], ignoreEos: true }, rule })).toThrow(
    "ignoreEos",
  );
});
