import { expect, it } from "vitest";

import type { Generation, GenerateRequest, GenerationResult } from "../../protocol/index.ts";
import { runGoldens, type Goldens } from "./goldens.ts";

const goldens: Goldens = {
  model: "fake",
  cases: Array.from({ length: 12 }, (_, index) => ({
    promptIds: [index],
    outputIds: [7, 8],
    top: [
      { ids: [7, 1], logits: [20, 12] },
      { ids: [8, 1], logits: [30, 29] },
    ],
  })),
};

/** Answers the goldens, shifted as log-probabilities are; `change` may spoil them. */
function engine(change: (result: GenerationResult, prompt: number) => GenerationResult = (result) => result) {
  const generate = ({ promptTokenIds = [] }: GenerateRequest) => {
    const result = {
      tokenIds: [7, 8],
      finishReason: "length",
      logprobs: [
        [
          { tokenId: 7, logprob: -0.1 },
          { tokenId: 1, logprob: -8.1 },
        ],
        [
          { tokenId: 8, logprob: -0.5 },
          { tokenId: 1, logprob: -1.5 },
        ],
      ],
    } as unknown as GenerationResult;
    const changed = change(result, promptTokenIds[0] ?? 0);
    return { abort: () => undefined, result: Promise.resolve(changed) } as unknown as Generation;
  };
  return { generate };
}

const run = (on: ReturnType<typeof engine>, signal = new AbortController().signal) =>
  runGoldens(on, goldens, () => undefined, signal);

it("finds equal tokens and logits that differ by a constant equal", async () => {
  const result = await run(engine());
  expect(result).toMatchObject({ numCases: 12, numTokens: 24, numWrong: 0, firstWrong: null });
  expect(result.worstLogit).toBeLessThan(1e-9);
});

it("names the first wrong token and compares nothing after it", async () => {
  const result = await run(
    engine((given, prompt) => (prompt === 4 ? { ...given, tokenIds: [9, 8] } : given)),
  );
  expect(result).toMatchObject({
    numWrong: 1,
    firstWrong: "prompt 5, token 1: 9 instead of 7",
    numTokens: 22,
  });
});

it("tells the largest difference, and none where the engine tells no log-probabilities", async () => {
  const off = engine((given) => ({
    ...given,
    logprobs: [
      given.logprobs![0]!,
      [
        { tokenId: 8, logprob: -0.5 },
        { tokenId: 1, logprob: -1.75 },
      ],
    ],
  }));
  expect((await run(off)).worstLogit).toBeCloseTo(0.25);
  expect(
    (await run(engine(({ tokenIds, finishReason }) => ({ tokenIds, finishReason }) as GenerationResult)))
      .worstLogit,
  ).toBeNull();
});

it("ends with what was done when it is cancelled", async () => {
  const controller = new AbortController();
  controller.abort();
  expect(await run(engine(), controller.signal)).toMatchObject({ aborted: true, numCases: 0 });
});
