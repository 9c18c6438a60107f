import { describe, expect, it } from "vitest";

import {
  defaultPolicy,
  InferscopeError,
  type EnginePolicy,
  type GenerateRequest,
  type GeneratedToken,
  type Generation,
} from "../../protocol/index.ts";
import { differenceAt, prove, type Proof } from "./prove.ts";

const token = (tokenId: number, index: number, choice: number): GeneratedToken => ({
  ...{ tokenId, index, choice },
  text: `t${tokenId}`,
  atMs: 0,
});

function turnOf(outputs: readonly (readonly number[])[]) {
  return {
    request: { prompt: "hello", sampling: { seed: 7, n: outputs.length, temperature: 1 } },
    outputs: outputs.map((ids, choice) => ids.map((id, index) => token(id, index, choice))),
    numCachedTokens: 16,
    metrics: null,
  };
}

/** Answers the i-th request with `answers[i]`; null fails. */
function fakeEngine(answers: readonly (readonly number[] | null)[]) {
  let policy: EnginePolicy = { ...defaultPolicy, maxNumSeqs: 5 };
  const seen: { request: GenerateRequest; policy: EnginePolicy }[] = [];
  return {
    seen,
    policy: () => policy,
    configure: (change: Partial<EnginePolicy>) => Promise.resolve((policy = { ...policy, ...change })),
    decode: (ids: readonly number[]) => Promise.resolve(`t${ids.join()}`),
    generate: (request: GenerateRequest): Generation => {
      const ids = answers[seen.length];
      seen.push({ request, policy });
      const metrics = { numCachedTokens: 0, ttftMs: 3 };
      const result =
        ids == null ? Promise.reject(new InferscopeError("device-lost", "gone")) : { tokenIds: ids, metrics };
      return { requestId: "r", abort: () => undefined, result } as unknown as Generation;
    },
  };
}

async function proofOf(engine: ReturnType<typeof fakeEngine>, outputs: readonly (readonly number[])[]) {
  const shown: Proof[] = [];
  await prove(engine, turnOf(outputs), (proof) => shown.push(proof), new AbortController().signal);
  return shown;
}

describe("prove", () => {
  it("runs each sample alone, unchunked and without the cache, and restores the policy", async () => {
    const engine = fakeEngine([[1, 2], [3]]);
    const before = engine.policy();
    const shown = await proofOf(engine, [[1, 2], [3]]);
    expect(shown.map(({ state }) => state)).toEqual(["running", "same"]);
    expect(shown.at(-1)?.alone).toEqual({ numCached: 0, ttftMs: 3 });
    expect(engine.seen).toHaveLength(2);
    for (const [choice, { request, policy }] of engine.seen.entries()) {
      expect(request).toMatchObject({ usePrefixCache: false, sampling: { n: 1, seed: 7 + choice } });
      expect(policy).toMatchObject({ batching: "none", chunkedPrefill: false });
    }
    expect(engine.policy()).toEqual(before);
  });

  it("tells the first token that differs, with both texts", async () => {
    const shown = await proofOf(fakeEngine([[1, 2], [3]]), [
      [1, 2],
      [3, 4],
    ]);
    expect(shown.at(-1)).toMatchObject({
      state: "different",
      firstDifference: { choice: 1, index: 1, served: 4, alone: null, texts: ['"t4"', "the end"] },
    });
  });

  it("restores the policy after a failure too, and says why", async () => {
    const engine = fakeEngine([null]);
    const before = engine.policy();
    const shown = await proofOf(engine, [[1]]);
    expect(shown.at(-1)).toMatchObject({ state: "failed", error: { kind: "device-lost" } });
    expect(engine.policy()).toEqual(before);
  });

  it("is no proof when it was stopped", async () => {
    const engine = fakeEngine([[1]]);
    const shown: Proof[] = [];
    await prove(engine, turnOf([[1]]), (proof) => shown.push(proof), AbortSignal.abort());
    expect(shown.at(-1)).toMatchObject({ state: "failed", error: { kind: "aborted" } });
    expect(engine.policy().batching).toBe("continuous");
  });
});

it("finds the first difference of any choice, length included", () => {
  expect(differenceAt([[1, 2], [3]], [[1, 2], [3]])).toBeNull();
  expect(differenceAt([[1, 2, 3]], [[1, 2, 9]])).toMatchObject({ choice: 0, index: 2, served: 3, alone: 9 });
  expect(differenceAt([[1, 2], [4]], [[1, 2], [5]])).toMatchObject({ choice: 1, index: 0 });
  expect(differenceAt([[1, 2]], [[1, 2, 3]])).toMatchObject({ index: 2, served: null, alone: 3 });
});
