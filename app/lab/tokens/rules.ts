/** Words and phrases that a prompt can do without. Data: what is not listed stays. */
import type { Change, TextRewrite } from "./sections.ts";

export interface Rule {
  readonly pattern: RegExp;
  readonly replace: string;
}

export const courtesyRules: readonly Rule[] = [
  // Its repetitions end: without that, 100,000 spaces are 10^10 steps.
  { pattern: /\s{0,20}\bthank(?:s| you)\b[^.!?\n]{0,300}[.!?]/gi, replace: "" },
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
      return startsSentence(whole, offset) ? `${sentenceStart}${replace}` : replace;
    });
    return marked.replace(new RegExp(`${sentenceStart}(\\s*\\p{Ll})?`, "gu"), (_, letter?: string) =>
      (letter ?? "").toUpperCase(),
    );
  }, text);
  return { text: rewritten, changes };
}

/** At the beginning, behind a sentence's end and a space, or first in its line. Looks at no more than the space before. */
function startsSentence(text: string, offset: number): boolean {
  let at = offset;
  while (at > 0 && /\s/.test(text.charAt(at - 1))) {
    at -= 1;
    if (text.charAt(at) === "\n") return true;
  }
  return offset === 0 || (at < offset && at > 0 && ".!?".includes(text.charAt(at - 1)));
}

/** A control character that no prompt holds. */
const sentenceStart = "\u0001";
