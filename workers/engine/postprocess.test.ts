import { expect, test, vi } from "vitest";

import { InferscopeError, now } from "../../protocol/index.ts";
import type { KvCache } from "./kv-cache.ts";
import { advance } from "./postprocess.ts";
import { Sequence } from "./sequence.ts";
import { request } from "./testing/harness.ts";

test.each([
  ["a token", { tokenId: 5, topLogprobs: [] }, 1, null],
  ["no numbers", { error: new InferscopeError("not-finite", "no numbers") }, 0, "not-finite"],
] as const)("what a step computed is published with %s: %j", (_name, sample, numPublished, kind) => {
  const publish = vi.fn();
  const sequence = new Sequence(request("r", { prompt: [1, 2, 3] }), 0, 0);
  const { row, error } = advance({ sequence, numTokens: 3, phase: "prefill" }, sample, {
    kv: { publish } as unknown as KvCache,
    stopTokenIds: [],
    contextWindow: 64,
    timeMs: now(),
  });
  expect(publish).toHaveBeenCalledTimes(numPublished);
  expect(error?.kind ?? null).toBe(kind);
  expect(row.newTokenIds).toEqual(kind === null ? [5] : []);
});
