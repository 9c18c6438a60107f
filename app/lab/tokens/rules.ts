/** Words and phrases that a prompt can do without. Data: what is not listed stays. */
import type { Change, TextRewrite } from "./sections.ts";

export interface Rule {
  readonly pattern: RegExp;
  readonly replace: string;
}

export const courtesyRules: readonly Rule[] = [
  { pattern: /\s*\bthank(?:s| you)\b[^.!?\n]*[.!?]/gi, replace: "" },
  { pattern: /\b(?:could|can|would|will) you (?:please |kindly )?(?=\w)/gi, replace: "" },
  { pattern: /\bI(?: would|['’]d) (?:like you to|appreciate it if you(?: could| would)?) /gi, replace: "" },
  { pattern: /\bI (?:want|need) you to /gi, replace: "" },
  { pattern: /,? ?\bif you (?:do not|don['’]t) mind\b,?/gi, replace: "" },
  { pattern: /\b(?:please|kindly),? /gi, replace: "" },
  { pattern: /,? please(?=[.!?\n]|$)/gi, replace: "" },
];

export const fillerRules: readonly Rule[] = [
  { pattern: /\bin order to\b/gi, replace: "to" },
  { pattern: /\bdue to the fact that\b/gi, replace: "because" },
  { pattern: /\bin the event that\b/gi, replace: "if" },
  { pattern: /\bas well as\b/gi, replace: "and" },
  { pattern: /\ba (?:large|great) number of\b/gi, replace: "many" },
  { pattern: /\b(?:it is important (?:that|to note that)|note that|keep in mind that) /gi, replace: "" },
  { pattern: /\b(?:make sure|be sure|ensure) (?:that you |you |to )(?=\w)/gi, replace: "" },
  { pattern: /\byour (?:task|job) is to /gi, replace: "" },
  { pattern: /\b(?:very|really|quite|basically|actually|simply|carefully) /gi, replace: "" },
];

/** Applies the rules in order; a sentence that lost its first words starts with a capital again. */
export function applyRules(text: string, rules: readonly Rule[]): TextRewrite {
  const changes: Change[] = [];
  const rewritten = rules.reduce((current, { pattern, replace }) => {
    const marked = current.replace(pattern, (match: string, offset: number, whole: string) => {
      changes.push({ from: match.trim(), to: replace });
      const startsSentence = /(?:^|[.!?]\s+|\n\s*)$/.test(whole.slice(0, offset));
      return startsSentence ? `${sentenceStart}${replace}` : replace;
    });
    return marked.replace(new RegExp(`${sentenceStart}(\\s*\\p{Ll})?`, "gu"), (_, letter?: string) =>
      (letter ?? "").toUpperCase(),
    );
  }, text);
  return { text: rewritten, changes };
}

/** A control character that no prompt holds. */
const sentenceStart = "\u0001";
