import { describe, expect, it } from "vitest";

import { compress, steps, type StepId } from "./compress.ts";
import { textSize } from "./counts.ts";
import { promptText, type Section } from "./sections.ts";

const prompt = (system: string, examples = "", input = ""): readonly Section[] => [
  { kind: "system", title: "System message", text: system },
  { kind: "examples", title: "Examples", text: examples },
  { kind: "input", title: "Input", text: input },
];

const only = (id: StepId, sections: readonly Section[]): string =>
  promptText(compress(sections, new Set([id])).at(-1)?.sections ?? []);

const verbose = prompt(
  "You are a careful assistant who reads messages for an office. Please find every email address. Thank you very much for your help.",
  "Text: Write to a@b.com.\nEmails: a@b.com\n\nText: No address.\nEmails: none\n",
  "Text: Please write to c@d.org.\nEmails:",
);

describe("compression steps", () => {
  it.each<[StepId, string, string]>([
    ["courtesy", "Please find it. Thanks a lot for this!", "Find it."],
    ["courtesy", "Could you please list the names? Sort them, please.", "List the names? Sort them."],
    ["courtesy", "I would like you to extract emails.", "Extract emails."],
    ["filler", "Read it carefully in order to find names.", "Read it to find names."],
    ["filler", "Note that names are quite short.", "Names are short."],
    ["filler", "Your task is to make sure you find names.", "Find names."],
    ["role", "You are a helpful assistant. Find it.", "Find it."],
    ["role", "You are a careful assistant who reads messages. Find it.", "Read messages. Find it."],
    ["role", "You are an AI assistant that classifies texts.", "Classify texts."],
    ["role", "You are a very experienced accountant who reads bills.", "Accountant who reads bills."],
    ["role", "You are an assistant who is wise.", "You are an assistant who is wise."],
    ["whitespace", "  a  b \n\n\n c ", "a b\nc"],
  ])("%s: %j becomes %j", (id, before, after) => {
    expect(only(id, prompt(before))).toBe(after);
  });

  /** Linear takes milliseconds; the square of 100,000 tens of seconds. */
  it.each([
    " ",
    "\n",
    " \n",
    "\u2003",
    "please ",
    "thanks ",
    "thank you\r",
    ". please",
    "You are a ",
    "\nYou are the who who ",
    " You are a who that\u2028",
    "# ",
    "example ",
    "- ",
    "\u0001 ",
    "a:",
    "'a",
  ])(
    "end on 100,000 characters of %j",
    (unit) => {
      const hostile = unit.repeat(100_000 / unit.length);
      for (const text of [
        hostile,
        `${hostile}x`,
        `x: ${hostile}!`,
        `You are a ${hostile.replaceAll("\n", " ")}\rx.`,
      ]) {
        expect(compress(prompt(text, text, text), new Set(steps.map(({ id }) => id)))).toHaveLength(5);
        expect(textSize(text).characters).toBe(text.length);
      }
    },
    10_000,
  );

  it("keeps lower case where a sentence starts with it", () => {
    expect(only("courtesy", prompt("iPhone users, please wait.\nor none"))).toBe(
      "iPhone users, wait.\nor none",
    );
  });

  it("turns labelled examples into arrows, and the input with them", () => {
    expect(only("examples", prompt("", verbose[1]?.text, verbose[2]?.text))).toBe(
      "Write to a@b.com. -> a@b.com\n\nNo address. -> none\n\nPlease write to c@d.org. ->",
    );
  });

  it("drops lines that only part the examples", () => {
    const examples = "Example 1:\nQ: 1+1\nA: 2\n---\nExample 2:\nQ: 2+2\nA: 4";
    expect(only("examples", prompt("", examples, "Q: 3+3\nA:"))).toBe("1+1 -> 2\n2+2 -> 4\n3+3 ->");
  });

  it("never rewrites the words of the input", () => {
    const all = compress(verbose, new Set(steps.map(({ id }) => id)));
    expect(all.at(-1)?.sections.map(({ text }) => text)).toEqual([
      "Read messages for an office. Find every email address.",
      "Write to a@b.com. -> a@b.com\nNo address. -> none",
      "Please write to c@d.org. ->",
    ]);
  });

  it("lists what each step changed, and undoes one without the others", () => {
    const all = new Set(steps.map(({ id }) => id));
    const edits = compress(verbose, all).find(({ step }) => step.id === "courtesy")?.edits;
    expect(edits).toEqual([
      { section: "system", from: "Thank you very much for your help.", to: "" },
      { section: "system", from: "Please", to: "" },
    ]);
    all.delete("courtesy");
    const without = promptText(compress(verbose, all).at(-1)?.sections ?? []);
    expect(without).toContain("Please find every email address. Thank you");
    expect(without).toContain("Read messages for an office.");
  });

  it("leaves everything as it was when all steps are off", () => {
    expect(compress(verbose, new Set()).at(-1)?.sections).toBe(verbose);
  });
});
