import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { TextStream } from "./text-stream.ts";

/** A stream whose token ids are the bytes themselves. */
const byteStream = (stop: readonly string[] = [], stripLeadingSpace = false) =>
  new TextStream({ bytesOf: (id) => Uint8Array.of(id), stop, stripLeadingSpace });

/** Every piece, and where it stopped. */
function pushAll(stream: TextStream, text: string): { pieces: string[]; stopped: boolean } {
  const pieces: string[] = [];
  for (const byte of new TextEncoder().encode(text)) {
    const piece = stream.push(byte);
    pieces.push(piece.text);
    if (piece.stopped) return { pieces, stopped: true };
  }
  return { pieces: [...pieces, stream.flush()], stopped: false };
}

describe("TextStream", () => {
  it("never gives out half a character", () => {
    expect(pushAll(byteStream(), "aé€😀").pieces).toEqual(["a", "", "é", "", "", "€", "", "", "", "😀", ""]);
  });

  it("replaces a character that never ends", () => {
    const stream = byteStream();
    expect(stream.push(0xe2).text + stream.push(0x82).text).toBe("");
    expect(stream.flush()).toBe("\ufffd");
    expect(stream.flush()).toBe("");
  });

  it("holds back what may begin a stop string, and no more", () => {
    expect(pushAll(byteStream(["END"]), "xENxE").pieces).toEqual(["x", "", "", "ENx", "", "E"]);
  });

  it("ends before the first stop string", () => {
    expect(pushAll(byteStream(["\n\n", "lo w"]), "hello world\n\n")).toEqual({
      pieces: ["h", "e", "", "l", "", "", ""],
      stopped: true,
    });
    const stream = byteStream(["b"]);
    expect(stream.push(97)).toEqual({ text: "a", stopped: false });
    expect(stream.push(98)).toEqual({ text: "", stopped: true });
    expect(stream.push(97)).toEqual({ text: "", stopped: true });
    expect(stream.flush()).toBe("");
  });

  it("drops one leading space where the tokenizer adds one", () => {
    expect(pushAll(byteStream([], true), "  a b").pieces.join("")).toBe(" a b");
  });

  it("is the whole text, cut before the first stop, however the bytes come", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c", " ", "é", "😀"), maxLength: 30 });
    fc.assert(
      fc.property(
        text,
        fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 3 }), {
          maxLength: 3,
        }),
        (all, stops) => {
          const { pieces, stopped } = pushAll(byteStream(stops), all);
          // The stop that is complete first ends the text; of two complete with the same byte, the longer.
          const ends = stops
            .filter((stop) => all.includes(stop))
            .map((stop) => all.indexOf(stop) + stop.length);
          const end = Math.min(...ends);
          const starts = stops
            .filter((stop) => all.slice(0, end).endsWith(stop))
            .map((stop) => end - stop.length);
          expect(stopped).toBe(ends.length > 0);
          expect(pieces.join("")).toBe(ends.length > 0 ? all.slice(0, Math.min(...starts)) : all);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
