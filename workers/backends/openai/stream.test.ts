import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { epochMs, InferscopeError } from "../../../protocol/index.ts";
import { propertyRuns, soakTimeoutMs } from "../../testing/soak.ts";
import { StreamRecord } from "./stream.ts";

const origin = "http://localhost:8000";
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const event = (data: unknown, lineEnd = "\n") => `data: ${JSON.stringify(data)}${lineEnd}${lineEnd}`;
const delta = (content: string, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta: { content }, finish_reason }],
});
const usage = {
  prompt_tokens: 20,
  completion_tokens: 9,
  prompt_tokens_details: { cached_tokens: 16 },
};

/** Feeds parts a millisecond apart; what had arrived when it ended, and what it ended with. */
function read(parts: readonly Uint8Array[]) {
  const record = new StreamRecord(origin, epochMs(0), 1);
  const pieces: string[] = [];
  let error: unknown = null;
  try {
    parts.forEach((part, index) => {
      for (const piece of record.take(part, epochMs(index + 1))) pieces.push(piece.text);
    });
    record.end();
  } catch (caught) {
    error = caught;
  }
  const metrics = record.metrics(epochMs(parts.length + 1), null);
  return { pieces, error, metrics, choices: record.choices(false) };
}

const one = (text: string) => read([encode(text)]);

describe("StreamRecord", () => {
  it("joins deltas, skips the empty ones, counts by usage", () => {
    const parts = [delta(""), delta("Hel"), delta("lo"), delta("", "length"), { choices: [], usage }];
    const { pieces, error, metrics, choices } = read([
      ...parts.map((part) => encode(event(part))),
      encode("data: [DONE]\n\n"),
    ]);
    expect(error).toBeNull();
    expect(pieces).toEqual(["Hel", "lo"]);
    expect(choices).toMatchObject([{ text: "Hello", finishReason: "length" }]);
    expect(metrics).toMatchObject({
      numPromptTokens: 20,
      numOutputTokens: 9,
      numCachedTokens: 16,
      ttftMs: 2,
      itlMs: [],
      chunkGapMs: [1],
      e2eLatencyMs: 3,
      queueTimeMs: null,
    });
  });

  it("leaves what is not told unknown, never zero", () => {
    const { metrics } = one(`${event(delta("a"))}data: [DONE]\n\n`);
    expect(metrics).toMatchObject({ numPromptTokens: null, numOutputTokens: null, numCachedTokens: null });
    const noDetails = one(`${event({ usage: { prompt_tokens: 5, completion_tokens: 1 } })}data: [DONE]\n\n`);
    expect(noDetails.metrics).toMatchObject({ numPromptTokens: 5, numCachedTokens: null });
  });

  it("reads llama.cpp's cached tokens, and believes no count above the prompt's", () => {
    const timings = (cache_n: number) =>
      one(event({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 1 }, timings: { cache_n } }));
    expect(timings(4).metrics.numCachedTokens).toBe(4);
    expect(timings(6).metrics.numCachedTokens).toBeNull();
  });

  it("times a model's thoughts without taking them for its answer", () => {
    const thought = { choices: [{ index: 0, delta: { reasoning_content: "hm" } }] };
    const { pieces, choices } = read([encode(event(thought)), encode(event(delta("yes")))]);
    expect(pieces).toEqual(["", "yes"]);
    expect(choices[0]!.text).toBe("yes");
  });

  describe("time per output token", () => {
    const tpotOf = (usage: object, said: readonly object[]) =>
      read([
        ...said.map((part) => encode(event({ choices: [{ index: 0, delta: part }] }))),
        encode(event({ choices: [], usage })),
        encode("data: [DONE]\n\n"),
      ]).metrics.tpotMs;
    const reasoning = (reasoning_tokens: number) => ({ completion_tokens_details: { reasoning_tokens } });
    const answer = [{ content: "one " }, { content: "two " }, { content: "three" }];
    const thoughts = [{ reasoning_content: "hmm, " }, { reasoning_content: "so" }];

    it("counts thoughts that were streamed", () => {
      expect(tpotOf({ completion_tokens: 5 }, [...thoughts, ...answer])).toBe(1);
      expect(tpotOf({ completion_tokens: 5, ...reasoning(2) }, [...thoughts, ...answer])).toBe(1);
    });

    it("leaves out thoughts that were not streamed", () => {
      expect(tpotOf({ completion_tokens: 1003, ...reasoning(1000) }, answer)).toBe(1);
      expect(tpotOf({ completion_tokens: 1000, ...reasoning(1000) }, [])).toBeNull();
    });

    it("is unknown where tokens were kept back and nobody says how many", () => {
      // A summary of 1000 tokens of thought, and thoughts that no field counts.
      expect(tpotOf({ completion_tokens: 1003, ...reasoning(1000) }, [...thoughts, ...answer])).toBeNull();
      expect(tpotOf({ completion_tokens: 1003 }, answer)).toBeNull();
      expect(tpotOf({ completion_tokens: 3, ...reasoning(9) }, answer)).toBeNull();
    });
  });

  it.each([
    ["an end without [DONE]", event(delta("part")), "stream-interrupted", /without \[DONE\]/],
    ["no JSON", `${event(delta("part"))}data: {"choices\n\n`, "server", /no JSON/],
    [
      "an error on the way",
      event(delta("part")) + event({ error: { message: "boom" } }),
      "server",
      /error: boom/,
    ],
    ["llama.cpp's error field", `${event(delta("part"))}error: {"message":"boom"}\n\n`, "server", /boom/],
    [
      "an answer nobody asked for",
      event(delta("part")) + event({ choices: [{ index: 1, delta: { content: "x" } }] }),
      "server",
      /choice 1/,
    ],
  ])("keeps the text before %s", (_, stream, kind, message) => {
    const { error, choices } = one(stream);
    expect(error).toMatchObject({ kind, message: expect.stringMatching(message) as string });
    expect(choices[0]!.text).toBe("part");
  });

  const word = fc.oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }),
    fc.constantFrom("\n", "\r\n", "data: x", "😀", "[DONE]", "\u2028"),
  );
  const stream = fc
    .record({
      words: fc.array(word, { maxLength: 12 }),
      lineEnd: fc.constantFrom("\n", "\r\n"),
      ping: fc.boolean(),
    })
    .map(({ words, lineEnd, ping }) => ({
      words,
      bytes: encode(
        [
          ...words.map((text) => (ping ? `: ping${lineEnd}${lineEnd}` : "") + event(delta(text), lineEnd)),
          event({ choices: [], usage }, lineEnd),
          `data: [DONE]${lineEnd}${lineEnd}`,
        ].join(""),
      ),
    }));

  it(
    "server streams split anywhere say the same, and corrupted ones end in a typed error",
    () => {
      fc.assert(
        fc.property(
          stream,
          fc.array(fc.nat(), { maxLength: 20 }),
          fc.boolean(),
          fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
          ({ words, bytes }, cuts, everywhere, changes) => {
            const split = everywhere ? [...bytes].map((byte) => Uint8Array.of(byte)) : splitAt(bytes, cuts);
            const whole = read(split);
            expect(whole.error).toBeNull();
            expect(whole.pieces).toEqual(words);
            expect(whole.metrics.numOutputTokens).toBe(9);

            const spoilt = bytes.slice();
            for (const [at, value] of changes) spoilt[at % bytes.length] = value;
            const { error, pieces, choices } = read(splitAt(spoilt, cuts));
            if (error !== null) expect(error).toBeInstanceOf(InferscopeError);
            expect(choices[0]!.text).toBe(pieces.join(""));

            const short = read([bytes.subarray(0, (changes[0]?.[0] ?? 0) % (bytes.length - 2))]);
            expect(short.error).toMatchObject({ kind: "stream-interrupted" });
            expect(words.join("").startsWith(short.pieces.join(""))).toBe(true);
          },
        ),
        propertyRuns(5_000, 500_000),
      );
    },
    soakTimeoutMs,
  );
});

function splitAt(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const ends = [...new Set(cuts.map((cut) => cut % bytes.length)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}
