import { describe, expect, it } from "vitest";

import { encodingIds, loadEncoding } from "./encodings.ts";

describe("OpenAI encodings", () => {
  // Ids as tiktoken gives them.
  it.each([
    ["cl100k", "hello world", [15339, 1917]],
    ["o200k", "hello world", [24912, 2375]],
  ] as const)("%s encodes %j", async (id, text, ids) => {
    expect((await loadEncoding(id)).encode(text)).toEqual(ids);
  });

  it.each(encodingIds)("%s: the pieces of the tokens make up the text", async (id) => {
    const encoding = await loadEncoding(id);
    const text = "Send the invoice to ivan.king@nova.io\n\tand 12,345 copies.";
    expect(
      encoding
        .encode(text)
        .map((token) => encoding.piece(token))
        .join(""),
    ).toBe(text);
  });

  it("shows a part of a character as its bytes", async () => {
    const encoding = await loadEncoding("cl100k");
    const pieces = encoding.encode("🦩").map((token) => encoding.piece(token));
    expect(pieces.join("")).toMatch(/^(<[0-9A-F]{2}( [0-9A-F]{2})*>)+$/);
  });

  it("takes control tokens for text", async () => {
    const encoding = await loadEncoding("o200k");
    expect(encoding.encode("<|endoftext|>").length).toBeGreaterThan(1);
  });

  it("counts a run of 100,000 letters within the test's patience", async () => {
    const encoding = await loadEncoding("cl100k");
    expect(encoding.encode("a".repeat(100_000))).toHaveLength(100_000 / 8);
  });
});
