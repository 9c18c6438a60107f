import { describe, expect, it } from "vitest";

import {
  buildPrompt,
  defaultSections,
  moved,
  neverChanges,
  requestValues,
  timestampText,
  withNewSection,
  withTimestamp,
  type PromptSection,
} from "./sections.ts";

const time = new Date("2026-11-24T08:20:31.123Z");
const values = { record: "Name: Ada", timestamp: "08:20", requestId: "r1" };
const section = (id: number, role: PromptSection["role"], text: string): PromptSection => ({
  ...{ id, role, text, name: `S${id}` },
  kind: "static",
});

describe("sections", () => {
  it("make the leading system ones the system message, all after them the user's, in order", () => {
    const sections = [section(1, "system", "a"), section(2, "user", "b"), section(3, "system", "c")];
    expect(buildPrompt(sections, values).messages).toEqual([
      { role: "system", content: "a" },
      { role: "user", content: "b\nc" },
    ]);
    expect(buildPrompt(sections.slice(1), values).messages).toEqual([{ role: "user", content: "b\nc" }]);
  });

  it("fill dynamic sections only, and leave empty ones out", () => {
    const text = "{{record}} {{timestamp}} {{requestId}}";
    const sections = [section(1, "user", text), section(2, "user", ""), { ...section(3, "user", text) }];
    const { parts } = buildPrompt([sections[0]!, sections[1]!, { ...sections[2]!, kind: "dynamic" }], values);
    expect(parts.map((part) => part.text)).toEqual([text, "Name: Ada 08:20 r1"]);
  });

  it("begin with the user analysis: two static ones, then the record", () => {
    const sections = defaultSections();
    expect(sections.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      "System static",
      "Catalogue static",
      "Record dynamic",
    ]);
    const text = (index: number) =>
      buildPrompt(sections, requestValues(index, time, "r")).messages.map(({ content }) => content);
    expect(text(0)[0]).toBe(text(1)[0]);
    expect(text(0)[1]).not.toBe(text(1)[1]);
    expect(text(0)[1]).toContain("Name: ");
  });

  it("take a timestamp at any place, in the message that is there", () => {
    const sections = [section(1, "system", "a"), section(2, "user", "b")];
    const roles = (position: number) =>
      withTimestamp(sections, position).map(({ name, role }) => `${name} ${role}`);
    expect(roles(0)).toEqual(["Timestamp system", "S1 system", "S2 user"]);
    expect(roles(1)).toEqual(["S1 system", "Timestamp user", "S2 user"]);
    expect(roles(2)).toEqual(["S1 system", "S2 user", "Timestamp user"]);
    expect(new Set(withTimestamp(sections, 0).map(({ id }) => id)).size).toBe(3);
  });

  it("move, and stop at the ends", () => {
    const sections = [section(1, "user", "a"), section(2, "user", "b"), section(3, "user", "c")];
    const ids = (list: readonly PromptSection[]) => list.map(({ id }) => id);
    expect(ids(moved(sections, 3, -1))).toEqual([1, 3, 2]);
    expect(ids(moved(sections, 1, 1))).toEqual([2, 1, 3]);
    expect(ids(moved(sections, 1, -1))).toEqual([1, 2, 3]);
    expect(ids(moved(sections, 9, 1))).toEqual([1, 2, 3]);
    expect(ids(withNewSection(sections))).toEqual([1, 2, 3, 4]);
  });

  it("know which dynamic one never changes", () => {
    expect(neverChanges({ ...section(1, "user", "today"), kind: "dynamic" })).toBe(true);
    expect(neverChanges({ ...section(1, "user", "{{timestamp}}"), kind: "dynamic" })).toBe(false);
    expect(neverChanges(section(1, "user", "today"))).toBe(false);
  });
});

it("writes the time before the date, to the millisecond", () => {
  expect(timestampText(time)).toBe("08:20:31.123 on 2026-11-24");
});
