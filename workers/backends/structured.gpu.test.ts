/** The embedded model on the GPU, held to random schemas: what ends by itself is JSON that they accept. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";

import { dice, randomSchema } from "../grammar/testing/random-schema.ts";
import { finished, request, run } from "./contract/requests.ts";
import { PagedBackend } from "./paged.ts";

const backend = new PagedBackend({
  gpu: navigator.gpu,
  baseUrl: `${location.origin}/`,
  onDeviceLost: () => undefined,
});
beforeAll(() =>
  backend.load(
    { source: { id: "scope-2m-q4f16_1" }, backend: "paged", runner: "gpu", policy: {} },
    () => undefined,
    new AbortController().signal,
  ),
);
afterAll(() => backend.unload());

// zod counts UTF-16 units where JSON Schema counts characters: both texts get one unit a character.
const inBmp = (text: string) => text.replace(/[\u{10000}-\u{10ffff}]/gu, "x");

it("answers by random schemas at temperature 1 and greedily, beside requests without one", async () => {
  const schemas = Array.from({ length: 14 }, (_, seed) => randomSchema(dice(seed + 1)));
  const prompt = { type: "messages", messages: [{ role: "user", content: "Describe Rosa." }] } as const;
  const free = () => run(backend, request(prompt, { maxTokens: 24, ignoreEos: true }));
  const alone = finished(await free());
  const answers = schemas.map((schema, index) =>
    run(backend, {
      ...request(prompt, { temperature: index % 2, maxTokens: 160, seed: index }),
      responseFormat: { type: "json_schema", schema },
    }),
  );
  const beside = finished(await free());
  let numEnded = 0;
  for (const [index, ended] of (await Promise.all(answers)).entries()) {
    const { text, finishReason } = finished(ended).choices[0]!;
    if (finishReason !== "stop") continue;
    numEnded += 1;
    const schema = JSON.parse(inBmp(JSON.stringify(schemas[index]))) as z.core.JSONSchema.JSONSchema;
    const verdict = z.fromJSONSchema(schema).safeParse(JSON.parse(inBmp(text)));
    expect(verdict.success, `${JSON.stringify(schemas[index])}: ${text}`).toBe(true);
  }
  expect(numEnded).toBeGreaterThan(10);
  expect(beside.choices[0]!.tokenIds).toEqual(alone.choices[0]!.tokenIds);
});
