/** Shortens the sentence that gives the model a role. */
import type { TextRewrite } from "./sections.ts";

/** Says nothing about the task. */
const praise =
  /\b(?:helpful|careful|friendly|polite|skilled|experienced|professional|knowledgeable|world-class|highly|very|extremely|reliable|diligent|leading|talented|state-of-the-art) /gi;
const generic =
  /^(?:AI |virtual |digital )?(?:assistant|AI|bot|chatbot|model|language model|expert|agent|system)$/i;

/**
 * "You are a careful assistant who reads messages." becomes "Read messages."; a role that says
 * something stays as a noun ("Accountant who reads invoices."); one that says nothing goes.
 */
export function shortenRole(text: string): TextRewrite {
  // Looks back only where its words stand: at each of many spaces it would be all of them each time.
  const match = /(?=You are )(?:^|(?<=[.!?\n]\s*))You are (?:an?|the) ([^.!?\n]+)[.!?]\s*/.exec(text);
  const description = match?.[1];
  if (match === null || description === undefined) return { text, changes: [] };
  const short = shortRole(description);
  if (short === null) return { text, changes: [] };
  const before = text.slice(0, match.index);
  const after = text.slice(match.index + match[0].length);
  return {
    text:
      before +
      (short === "" ? "" : `${short}${/\s$/.test(match[0]) ? (/\n/.exec(match[0])?.[0] ?? " ") : ""}`) +
      after,
    changes: [{ from: match[0].trim(), to: short }],
  };
}

/** Null: nothing to shorten without losing sense. */
function shortRole(description: string): string | null {
  const [, noun = "", clause] = /^(.+?)(?:,? (?:who|that|which) (.+))?$/s.exec(description) ?? [];
  const bare = noun.replace(praise, "");
  if (!generic.test(bare)) return `${capital(bare)}${clause === undefined ? "" : ` who ${clause}`}.`;
  if (clause === undefined) return "";
  const imperative = toImperative(clause);
  return imperative === null ? null : `${capital(imperative)}.`;
}

/** "reads messages" to "read messages"; null where the verb is no plain third person. */
function toImperative(clause: string): string | null {
  const stripped = clause.replace(/^(?:can|will|is able to|always) /i, "");
  if (stripped !== clause && !/^always /i.test(clause)) return stripped;
  const [verb = "", ...rest] = stripped.split(" ");
  const base = baseForm(verb);
  return base === null ? null : [base, ...rest].join(" ");
}

function baseForm(verb: string): string | null {
  if (/^(?:is|has|does|was)$/i.test(verb) || !/[a-z]s$/i.test(verb) || /ss$/i.test(verb)) return null;
  if (/ies$/i.test(verb)) return verb.replace(/ies$/i, "y");
  return /(?:ss|sh|ch|x|zz|o)es$/i.test(verb) ? verb.slice(0, -2) : verb.slice(0, -1);
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
