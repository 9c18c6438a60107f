/**
 * Prompt compression as a list of rewrite steps, each a handful of rules that can be read. Every
 * replacement is kept, so that a person sees what a step took away and can take it back.
 */
import { minimalExamples } from "./examples.ts";
import { shortenRole } from "./role.ts";
import { applyRules, courtesyRules, fillerRules } from "./rules.ts";
import { rewriteSections, type Edit, type Rewrite, type Section, type TextRewrite } from "./sections.ts";

export type StepId = "courtesy" | "filler" | "role" | "examples" | "whitespace";

export interface Step {
  readonly id: StepId;
  readonly title: string;
  readonly description: string;
  readonly apply: (sections: readonly Section[]) => Rewrite;
}

export const steps: readonly Step[] = [
  {
    id: "courtesy",
    title: "Drop courtesy",
    description: "Please, thank you, could you: the model is not offended.",
    apply: (sections) => rewriteSections(sections, ["system"], (text) => applyRules(text, courtesyRules)),
  },
  {
    id: "filler",
    title: "Drop filler",
    description: "Phrases that say nothing, and long ways to say to, if and because.",
    apply: (sections) => rewriteSections(sections, ["system"], (text) => applyRules(text, fillerRules)),
  },
  {
    id: "role",
    title: "Shorten the role",
    description: "“You are a careful assistant who reads …” becomes “Read …”.",
    apply: (sections) => rewriteSections(sections, ["system"], shortenRole),
  },
  {
    id: "examples",
    title: "Minimal example separators",
    description: "Labels that repeat in every example become an arrow, and so does the input’s.",
    apply: minimalExamples,
  },
  {
    id: "whitespace",
    title: "Whitespace",
    description: "Double spaces, blank lines, spaces at the ends of lines.",
    apply: (sections) => rewriteSections(sections, ["system", "examples", "input"], tidyWhitespace),
  },
];

export interface AppliedStep {
  readonly step: Step;
  readonly enabled: boolean;
  /** What it changes, or would change if it were on. */
  readonly edits: readonly Edit[];
  /** The prompt after this step; a step that is off leaves it as it was. */
  readonly sections: readonly Section[];
}

/** All steps in order, each on what those before it left. */
export function compress(sections: readonly Section[], enabled: ReadonlySet<StepId>): readonly AppliedStep[] {
  let current = sections;
  return steps.map((step) => {
    const { sections: rewritten, edits } = step.apply(current);
    if (enabled.has(step.id)) current = rewritten;
    return { step, enabled: enabled.has(step.id), edits, sections: current };
  });
}

function tidyWhitespace(text: string): TextRewrite {
  const tidy = text
    .replace(/[ \t]+/g, " ")
    .replace(/ *\n */g, "\n")
    .replace(/\n{2,}/g, "\n")
    .trim();
  const numRemoved = text.length - tidy.length;
  const changes = numRemoved === 0 ? [] : [{ from: `${numRemoved} characters of whitespace`, to: "" }];
  return { text: tidy, changes };
}
