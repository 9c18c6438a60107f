/** Figures of the Tokens view. Pure. */
import { textSize, tokenRatios, type TextSize, type TokenRatios } from "../../lab/tokens/counts.ts";
import { compress, type AppliedStep, type StepId } from "../../lab/tokens/compress.ts";
import { promptText, type Section } from "../../lab/tokens/sections.ts";
import definition from "../../lab/workloads/built-in/email-extraction.json" with { type: "json" };
import { fill } from "../../lab/template.ts";
import type { Counts, CountsByTokenizer, TokenizerId } from "./use-token-counts.ts";

/** The email workload's longest wording, with courtesy, filler and labels to take out. */
export const exampleSections: readonly Section[] = [
  { kind: "system", title: "System message", text: systemExample() },
  { kind: "examples", title: "Examples", text: labelledExamples() },
  {
    kind: "input",
    title: "Input",
    text: "Text: Please write to lena@acme.org or help@nova.io before Friday.\nEmails:",
  },
];

function systemExample(): string {
  return definition.levels[0]?.parts.map(({ text }) => text).join(" ") ?? "";
}

function labelledExamples(): string {
  const template = definition.formats.find(({ id }) => id === "labelled")?.example ?? "";
  return definition.examples
    .slice(0, 2)
    .map(({ text, emails }) => fill(template, { text, answer: emails.join(", ") || "none" }))
    .join("");
}

/** What is counted: the sections, the whole, and the whole after each step. */
export interface CountedTexts {
  readonly texts: readonly string[];
  readonly steps: readonly AppliedStep[];
  readonly whole: number;
  /** Index of the text after a step. */
  readonly afterStep: (step: number) => number;
}

export function countedTexts(sections: readonly Section[], enabled: ReadonlySet<StepId>): CountedTexts {
  const steps = compress(sections, enabled);
  return {
    texts: [
      ...sections.map(({ text }) => text),
      promptText(sections),
      ...steps.map(({ sections: after }) => promptText(after)),
    ],
    steps,
    whole: sections.length,
    afterStep: (step) => sections.length + 1 + step,
  };
}

/** Tokens of one of the texts; null while they are not known, or of texts that have changed since. */
export function numTokens(counts: Counts, texts: readonly string[], index: number): number | null {
  if (counts.state !== "ready" || counts.texts[index] !== texts[index]) return null;
  return counts.tokens[index]?.ids.length ?? null;
}

export interface SectionRow {
  readonly title: string;
  readonly size: TextSize;
  readonly tokens: Readonly<Record<TokenizerId, number | null>>;
}

/** The sections and the whole prompt, which can differ from their sum: tokens reach across the joints. */
export function sectionRows(
  sections: readonly Section[],
  { texts, whole }: CountedTexts,
  counts: CountsByTokenizer,
): readonly SectionRow[] {
  const row = (title: string, index: number): SectionRow => ({
    title,
    size: textSize(texts[index] ?? ""),
    tokens: {
      model: numTokens(counts.model, texts, index),
      o200k: numTokens(counts.o200k, texts, index),
      cl100k: numTokens(counts.cl100k, texts, index),
    },
  });
  return [...sections.map(({ title }, index) => row(title, index)), row("Whole prompt", whole)];
}

export interface StepRow {
  readonly applied: AppliedStep;
  /** Tokens after − before; null while they are not known. */
  readonly delta: number | null;
}

export function stepRows(counted: CountedTexts, counts: Counts): readonly StepRow[] {
  const at = (index: number) => numTokens(counts, counted.texts, index);
  return counted.steps.map((applied, index) => {
    const before = at(index === 0 ? counted.whole : counted.afterStep(index - 1));
    const after = at(counted.afterStep(index));
    return { applied, delta: before === null || after === null ? null : after - before };
  });
}

export function ratiosOf(size: TextSize, tokens: number | null): TokenRatios {
  return tokens === null
    ? { charactersPerToken: null, tokensPerWord: null, tokensPerThousandCharacters: null }
    : tokenRatios(size, tokens);
}
