/** A prompt in sections, and what a rewrite did to it. */
export type SectionKind = "system" | "examples" | "input";

/** The input is what the user brings: no step rewrites its words. */
export interface Section {
  readonly kind: SectionKind;
  readonly title: string;
  readonly text: string;
}

export interface Change {
  readonly from: string;
  /** Empty: taken away. */
  readonly to: string;
}

export interface Edit extends Change {
  readonly section: SectionKind;
}

export interface TextRewrite {
  readonly text: string;
  readonly changes: readonly Change[];
}

export interface Rewrite {
  readonly sections: readonly Section[];
  readonly edits: readonly Edit[];
}

/** The prompt as one text, as its tokens are counted. */
export const promptText = (sections: readonly Section[]): string =>
  sections
    .map(({ text }) => text)
    .filter((text) => text !== "")
    .join("\n");

/** Rewrites each section whose kind is asked for. */
export function rewriteSections(
  sections: readonly Section[],
  kinds: readonly SectionKind[],
  rewrite: (text: string, kind: SectionKind) => TextRewrite,
): Rewrite {
  const edits: Edit[] = [];
  const rewritten = sections.map((section) => {
    if (!kinds.includes(section.kind)) return section;
    const { text, changes } = rewrite(section.text, section.kind);
    edits.push(...changes.map((change) => ({ section: section.kind, ...change })));
    return { ...section, text };
  });
  return { sections: rewritten, edits };
}
