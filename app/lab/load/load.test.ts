import { describe, expect, it } from "vitest";

import { defaultLoad, loadProblem, planLoad } from "./load.ts";

describe("a load", () => {
  it("is the same requests for the same settings", () => {
    expect(planLoad(defaultLoad)).toEqual(planLoad(defaultLoad));
    expect(planLoad({ ...defaultLoad, seed: 21 })).not.toEqual(planLoad(defaultLoad));
  });

  it("alternates user records and emails when mixed", () => {
    const labels = planLoad({ ...defaultLoad, numRequests: 5 }).map(({ label }) => label);
    expect(labels).toEqual(["1 user", "2 email", "3 user", "4 email", "5 user"]);
  });

  it("numbers an own prompt", () => {
    const load = planLoad({ ...defaultLoad, source: "prompt", prompt: "Row {{n}}", numRequests: 2 });
    expect(load.map(({ request }) => request.messages?.[0]?.content)).toEqual(["Row 1", "Row 2"]);
  });

  it("draws mixed output lengths from an eighth to the whole, past the model's end", () => {
    const load = planLoad({ ...defaultLoad, lengths: "mixed", maxTokens: 80, numRequests: 40 });
    const lengths = load.map(({ request }) => request.sampling?.maxTokens ?? 0);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(80);
    expect(new Set(lengths).size).toBeGreaterThan(10);
    expect(load.every(({ request }) => request.sampling?.ignoreEos === true)).toBe(true);
  });

  it("lets the model end its answers otherwise", () => {
    const [first] = planLoad(defaultLoad);
    expect(first?.request.sampling).toEqual({ temperature: 0, maxTokens: 96, ignoreEos: false });
  });

  it.each([
    [{ numRequests: 0 }, "the number of requests is 0, it must be a whole number from 1 to 200"],
    [{ numRequests: 2.5 }, "the number of requests is 2.5"],
    [{ maxTokens: Number.NaN }, "the number of output tokens is NaN"],
    [{ ratePerSecond: -1 }, "the rate is -1, it must be a number from 0.1 to 1000"],
    [{ source: "prompt" as const, prompt: " " }, "the prompt is empty"],
  ])("with %j is refused", (change, message) => {
    const load = { ...defaultLoad, ...change };
    expect(loadProblem(load)).toContain(message);
    expect(() => planLoad(load)).toThrow(RangeError);
  });
});
