/** What each policy decides, asked directly; engine-policies.test.ts has the engine obey them. */
import { describe, expect, test } from "vitest";

import { batchingPolicy, chunkPolicy, orderPolicy } from "./policies.ts";
import { Sequence } from "./sequence.ts";
import { request } from "./testing/harness.ts";

const sequences = (count: number): Sequence[] =>
  Array.from({ length: count }, (_, index) => new Sequence(request(`r${index}`, { prompt: [1] }), 0, index));
const ids = (each: readonly Sequence[]): string => each.map(({ requestId }) => requestId.slice(1)).join(" ");

describe("longest prefix first", () => {
  const cachedTokens =
    (tokens: Readonly<Record<string, number>>) =>
    ({ requestId }: Sequence): number =>
      tokens[requestId] ?? 0;
  const sort = (waiting: readonly Sequence[], tokens: Readonly<Record<string, number>>): string =>
    ids(orderPolicy("longest-prefix").sort(waiting, cachedTokens(tokens)));

  test("what has most cached comes first, equals in the order of their arrival", () => {
    expect(sort(sequences(5), { r1: 4, r2: 8, r4: 4 })).toBe("2 1 4 0 3");
  });

  test("a preempted one comes before every prefix, and so does one overtaken 32 times", () => {
    const [a, b, c, d] = sequences(4);
    c!.state = "preempted";
    d!.numTimesOvertaken = 32;
    b!.numTimesOvertaken = 31;
    expect(sort([a!, b!, c!, d!], { r0: 100 })).toBe("2 3 0 1");
  });

  test("with more than 128 waiting it is first come, first served", () => {
    expect(sort(sequences(128), { r127: 4 })).toMatch(/^127 0 1 /);
    expect(sort(sequences(129), { r128: 4 })).toMatch(/^0 1 2 /);
  });

  test("first come, first served asks for no prefix", () => {
    const asked: Sequence[] = [];
    const order = orderPolicy("fcfs").sort(sequences(3), (each) => asked.push(each));
    expect([ids(order), asked]).toEqual(["0 1 2", []]);
  });
});

describe("chunks", () => {
  test.each([
    [10, 16, 10],
    [16, 16, 16],
    [40, 16, 16],
    [40, 0, 0],
  ])("chunked: of %i missing tokens with a budget of %i, %i", (numMissing, budget, wanted) => {
    for (const numPrefills of [0, 1]) expect(chunkPolicy(true)(numMissing, budget, numPrefills)).toBe(wanted);
  });

  test.each([
    [10, 16, 1, 10],
    [16, 16, 1, 16],
    [17, 16, 1, 0],
    [17, 16, 0, 17], // the first of a step may exceed the budget
    [1, 0, 1, 0],
  ])("whole: of %i missing tokens with a budget of %i after %i prompts, %i", (...row) => {
    const [numMissing, budget, numPrefills, wanted] = row;
    expect(chunkPolicy(false)(numMissing, budget, numPrefills)).toBe(wanted);
  });
});

describe("static batching", () => {
  test("its members stay the same until all of them have finished", () => {
    const policy = batchingPolicy("static");
    const [a, b, c, d] = sequences(4);
    expect(ids(policy.eligible([a!, b!, c!], [], 2))).toBe("0 1");
    // b is held back (by the budget, say) while a runs, and after a has finished.
    expect(ids(policy.eligible([b!, c!, d!], [a!], 2))).toBe("1");
    a!.state = "finished";
    expect(ids(policy.eligible([b!, c!, d!], [], 2))).toBe("1");
    b!.state = "finished";
    expect(ids(policy.eligible([c!, d!], [], 2))).toBe("2 3");
  });

  test("what runs when it is switched on is waited for", () => {
    const policy = batchingPolicy("static");
    const [a, b] = sequences(2);
    expect(ids(policy.eligible([b!], [a!], 2))).toBe("");
    expect(ids(policy.eligible([b!], [], 2))).toBe("1");
  });
});

test.each([
  ["continuous", 7],
  ["static", 7],
  ["none", 1],
] as const)("%s runs at most %i of 7 at once", (batching, wanted) => {
  expect(batchingPolicy(batching).maxNumRunning(7)).toBe(wanted);
});
