import { afterAll, expect, it } from "vitest";

import { testDevice } from "../gpu/testing/device.ts";
import { strideOf } from "./kernel.ts";
import { runKernel } from "./run-kernel.ts";
import { sample, type SampleParams } from "./sample.reference.ts";
import { mostTopTokens, readSample, sampleInputWords, sampleKernel, sampleOutputWords } from "./sample.ts";
import { randomValues } from "./testing/random.ts";

const device = testDevice();
afterAll(async () => (await device()).destroy());

const base: SampleParams = {
  temperature: 1,
  topK: 0,
  topP: 1,
  seed: 1,
  outputIndex: 0,
  logprobs: 0,
  allowedTokens: null,
};

/** Draws all on the GPU, one row of logits each. */
async function drawAll(
  rows: readonly Float32Array[],
  params: readonly SampleParams[],
  variant: "plain" | "wide" = "plain",
) {
  const vocabSize = rows[0]!.length;
  const stride = strideOf(vocabSize);
  const logits = new Float32Array(rows.length * stride);
  const words = new Uint32Array(rows.length * sampleInputWords);
  const floats = new Float32Array(words.buffer);
  const masks: number[] = [0];
  for (const [i, row] of rows.entries()) {
    const p = params[i]!;
    logits.set(row, i * stride);
    const mask = p.allowedTokens === null ? 0xffff_ffff : masks.length;
    masks.push(...(p.allowedTokens ?? []));
    words.set([i, 0, p.topK, 0, p.seed, p.outputIndex, p.logprobs, mask], i * 8);
    floats[i * 8 + 1] = p.temperature;
    floats[i * 8 + 3] = p.topP;
  }
  const out = new Uint32Array(rows.length * sampleOutputWords);
  const result = await runKernel(await device(), sampleKernel(vocabSize, variant), {
    inputs: [logits, words, Uint32Array.from(masks), out],
    output: 4,
    numRows: rows.length,
  });
  return rows.map((_, i) => readSample(result.words, i, params[i]!.logprobs));
}

it.each([512, 1031])("draws what the reference draws, of %i tokens", async (vocabSize) => {
  const params: SampleParams[] = [];
  for (let seed = 0; seed < 12; seed += 1) {
    const mask = Uint32Array.from({ length: Math.ceil(vocabSize / 32) }, (_, i) => 0x1248_1248 << (i % 3));
    for (const variation of [
      {},
      { temperature: 0 },
      { temperature: 0.3 },
      { topK: 5 },
      { topP: 0.7 },
      { topK: 40, topP: 0.9, temperature: 1.5 },
      { allowedTokens: mask, topK: 3 },
      { allowedTokens: mask, temperature: 0 },
      { topK: 1 },
      { topP: 0.0001 },
    ]) {
      params.push({ ...base, ...variation, seed: seed * 1_000_003, outputIndex: seed % 4 });
    }
  }
  const rows = params.map((_, i) => randomValues(vocabSize, i + 1).map((x) => x * 6));
  const drawn = await drawAll(rows, params);
  // In f32 a draw may fall on the other side of a border that it hits within rounding.
  const different = drawn.filter(({ tokenId }, i) => tokenId !== sample(rows[i]!, params[i]!).tokenId);
  expect(different.length).toBeLessThanOrEqual(1);
});

it.each([1, 33, 97, 1031])(
  "draws allowed tokens only, of %i, in rows beside rows without a mask",
  async (vocabSize) => {
    const words = Math.ceil(vocabSize / 32);
    const only = (...ids: number[]) => {
      const mask = new Uint32Array(words);
      // Bits past the vocabulary may be set; they stand for no token.
      if (vocabSize % 32 > 0) mask[words - 1] = -1 << (vocabSize % 32);
      for (const id of ids) mask[id >>> 5]! |= 1 << (id & 31);
      return mask;
    };
    const masks = [
      only(vocabSize - 1),
      only(0),
      null,
      only(vocabSize >> 1, vocabSize - 1, 0),
      only(...Array.from({ length: vocabSize }, (_, id) => id).filter((id) => id % 7 === 0)),
      null,
    ];
    const settings = [{ temperature: 0 }, {}, { topK: 2 }, { topP: 0.5 }, { logprobs: 1 }];
    const params = settings.flatMap((setting, index) =>
      masks.map((allowedTokens, row) => ({ ...base, ...setting, allowedTokens, seed: index * 100 + row })),
    );
    const rows = params.map((_, i) => randomValues(vocabSize, i + 7).map((x) => x * 6));
    for (const variant of ["plain", "wide"] as const) {
      const drawn = await drawAll(rows, params, variant);
      for (const [i, { allowedTokens }] of params.entries()) {
        const { tokenId } = drawn[i]!;
        expect(tokenId).toBeLessThan(vocabSize);
        if (allowedTokens !== null) expect((allowedTokens[tokenId >>> 5]! >>> (tokenId & 31)) & 1).toBe(1);
      }
      const different = drawn.filter(({ tokenId }, i) => tokenId !== sample(rows[i]!, params[i]!).tokenId);
      expect(different.length).toBeLessThanOrEqual(1);
    }
  },
);

it("keeps the lower ids of equal logits", async () => {
  const row = new Float32Array(70).fill(1);
  const params = Array.from({ length: 40 }, (_, seed) => ({ ...base, topK: 3, seed }));
  const drawn = await drawAll(
    params.map(() => row),
    params,
  );
  expect(new Set(drawn.map(({ tokenId }) => tokenId))).toEqual(new Set([0, 1, 2]));
  expect(drawn.map(({ tokenId }) => tokenId)).toEqual(params.map((p) => sample(row, p).tokenId));
});

it("reports the most likely tokens with logits and log-probabilities", async () => {
  const row = randomValues(1031, 5).map((x) => x * 8);
  row[7] = row[900] = 9; // equals come by id
  const params = { ...base, temperature: 0, logprobs: mostTopTokens };
  const [drawn] = await drawAll([row], [params]);
  const expected = sample(row, params);
  expect(drawn!.tokenId).toBe(7);
  expect(drawn!.top.map(({ tokenId }) => tokenId)).toEqual(
    expected.topLogprobs.map(({ tokenId }) => tokenId),
  );
  for (const [i, { logit, logprob, tokenId }] of drawn!.top.entries()) {
    expect(logit).toBe(row[tokenId]);
    expect(logprob).toBeCloseTo(expected.topLogprobs[i]!.logprob, 4);
  }
});

it.each(["plain", "wide"] as const)("%s: says which rows have a logit that is no number", async (variant) => {
  const vocabSize = 131;
  const settings = [{ temperature: 0 }, {}, { topK: 3 }, { topP: 0.5 }, { logprobs: 4 }];
  const mask = Uint32Array.of(8, 0, 0, 0, 0);
  const faults = [NaN, Infinity, -Infinity, null].flatMap((value) =>
    [0, 64, 130].flatMap((at) => settings.map((setting) => ({ value, at, setting }))),
  );
  const rows = faults.map(({ value, at }, i) => {
    const row = randomValues(vocabSize, i + 1).map((x) => x * 6);
    if (value !== null) row[at] = value;
    return row;
  });
  // A masked row as well: what is forbidden there tells as much about the model.
  for (const allowedTokens of [null, mask]) {
    const params = faults.map(({ setting }) => ({ ...base, ...setting, allowedTokens }));
    const drawn = await drawAll(rows, params, variant);
    expect(drawn.map(({ isFinite }) => isFinite)).toEqual(faults.map(({ value }) => value === null));
  }
});
