/** Labelled examples as arrows: "Text: a\nEmails: b" becomes "a -> b". */
import { rewriteSections, type Change, type Rewrite, type Section, type TextRewrite } from "./sections.ts";

interface Labels {
  readonly input: string;
  readonly output: string;
}

const separator = /^(?:[-=*#_]{3,}|(?:#+ *)?example *\d*:?|examples:)?$/i;
/** Lines that only part one example from the next. */
const isSeparator = (line: string): boolean => separator.test(line.trim());
const labelled = /^\s*([\p{L}][\p{L} ]{0,24}):[ \t]*(.*)$/u;

/** The labels are those of the examples; where no pair of them repeats, only separators go. */
export function minimalExamples(sections: readonly Section[]): Rewrite {
  const examples = sections.find(({ kind }) => kind === "examples")?.text ?? "";
  const labels = commonLabels(lines(examples));
  return rewriteSections(sections, ["examples", "input"], (text, kind) => {
    if (kind === "input") return labels === null ? { text, changes: [] } : toArrows(text, labels);
    const kept = withoutSeparators(text);
    if (labels === null) return kept;
    const arrows = toArrows(kept.text, labels);
    return { text: arrows.text, changes: [...kept.changes, ...arrows.changes] };
  });
}

function withoutSeparators(text: string): TextRewrite {
  const changes: Change[] = [];
  const kept = lines(text).filter((line) => {
    // Blank lines are another step's.
    if (line.trim() === "" || !isSeparator(line)) return true;
    changes.push({ from: line.trim(), to: "" });
    return false;
  });
  return changes.length === 0 ? { text, changes } : { text: kept.join("\n"), changes };
}

/** The pair of labels that most often stand on two lines in a row. */
function commonLabels(all: readonly string[]): Labels | null {
  const filled = all.filter((line) => !isSeparator(line));
  const counts = new Map<string, { labels: Labels; count: number }>();
  for (const [index, line] of filled.entries()) {
    const input = labelled.exec(line)?.[1];
    const output = labelled.exec(filled[index + 1] ?? "")?.[1];
    if (input === undefined || output === undefined || input === output) continue;
    const key = `${input}:${output}`;
    counts.set(key, { labels: { input, output }, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  const [most] = [...counts.values()].sort((a, b) => b.count - a.count);
  return most?.labels ?? null;
}

function toArrows(text: string, { input, output }: Labels): TextRewrite {
  const changes: Change[] = [];
  const result: string[] = [];
  const all = lines(text);
  for (let index = 0; index < all.length; index++) {
    const line = all[index] ?? "";
    const next = all[index + 1] ?? "";
    const given = labelled.exec(line);
    const answer = labelled.exec(next);
    if (given?.[1] !== input || answer?.[1] !== output) {
      result.push(line);
      continue;
    }
    const arrow = `${given[2] ?? ""} -> ${answer[2] ?? ""}`.trimEnd();
    changes.push({ from: `${line}\n${next}`, to: arrow });
    result.push(arrow);
    index += 1;
  }
  return { text: result.join("\n"), changes };
}

const lines = (text: string): readonly string[] => text.split("\n");
