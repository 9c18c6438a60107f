/**
 * Regular expressions for the inside of a JSON string. The whole string has to match. Nothing is
 * escaped in them, so what may match a quote, a backslash or a control character is refused.
 */
import { type AddRule, choice, literal, SchemaProblem } from "./ebnf.ts";

const quote = 0x22;
const backslash = 0x5c;
/** Inside of brackets. */
const classes: Readonly<Record<string, string>> = { d: "0-9", w: "a-zA-Z0-9_", s: " " };
const literalEscapes = "^$.*+?()[]{}|/-";

const day = (last: string): string => String.raw`(0[1-9]|[12]\d${last})`;
const date = `\\d{4}-((0[13578]|1[02])-${day("|3[01]")}|(0[469]|11)-${day("|30")}|02-(0[1-9]|1\\d|2[0-8]))`;
const time = String.raw`([01]\d|2[0-3]):[0-5]\d:[0-5]\d(Z|[+\-]([01]\d|2[0-3]):[0-5]\d)`;
const byte = String.raw`(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const label = "[a-z0-9]+(-[a-z0-9]+)*";

/** As expressions that `patternGrammar` takes; all of what they match is valid, not all that is valid matches. */
export const formats: Readonly<Record<string, string>> = {
  date,
  time,
  "date-time": `${date}T${time}`,
  uuid: "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
  ipv4: String.raw`(${byte}\.){3}${byte}`,
  email: String.raw`[a-z0-9]+([._\-][a-z0-9]+)*@${label}(\.${label})*\.[a-z]{2,}`,
};

/** As EBNF, without the quotes around it. Throws `SchemaProblem`. */
export function patternGrammar(pattern: string, addRule: AddRule): string {
  try {
    new RegExp(pattern, "u");
  } catch (error) {
    throw new SchemaProblem(error instanceof Error ? error.message : String(error));
  }
  return new PatternReader(pattern, addRule).alternatives();
}

class PatternReader {
  readonly #pattern: string;
  readonly #addRule: AddRule;
  #at = 0;

  constructor(pattern: string, addRule: AddRule) {
    this.#pattern = pattern;
    this.#addRule = addRule;
  }

  /** Up to the end of the pattern, or of the group. */
  alternatives(): string {
    const sequences: string[] = [];
    do sequences.push(this.#sequence());
    while (this.#takes("|"));
    return choice(sequences, this.#addRule);
  }

  #sequence(): string {
    const parts: string[] = [];
    while (this.#at < this.#pattern.length && !"|)".includes(this.#pattern.charAt(this.#at))) {
      parts.push(this.#part(this.#next()));
    }
    return parts.length === 0 ? '""' : parts.join(" ");
  }

  #takes(char: string): boolean {
    const isThere = this.#pattern[this.#at] === char;
    if (isThere) this.#at += 1;
    return isThere;
  }

  #next(): string {
    // By code point: a character outside of the basic plane is one.
    const char = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0);
    this.#at += char.length;
    return char;
  }

  #part(char: string): string {
    switch (char) {
      case "^":
        if (this.#at === 1) return "";
        throw new SchemaProblem("^ stands at the beginning only");
      case "$":
        if (this.#at === this.#pattern.length) return "";
        throw new SchemaProblem("$ stands at the end only");
      case ".":
        throw new SchemaProblem(". may match a quote; list what is allowed");
      case "(": {
        if (this.#pattern[this.#at] === "?") {
          throw new SchemaProblem("groups that begin with (? are not supported");
        }
        const group = this.#addRule(this.alternatives());
        this.#takes(")");
        return group;
      }
      case "[":
        return this.#class();
      case "*":
      case "+":
      case "?":
        return this.#quantifier(char);
      case "{": {
        const end = this.#pattern.indexOf("}", this.#at) + 1;
        const bounds = this.#pattern.slice(this.#at - 1, end);
        this.#at = end;
        return this.#quantifier(bounds);
      }
      case "\\": {
        const escaped = this.#escaped();
        const name = classes[escaped];
        return name === undefined ? literal(escaped) : `[${name}]`;
      }
      default:
        return literal(plain(char));
    }
  }

  #quantifier(text: string): string {
    if (this.#pattern[this.#at] === "?") throw new SchemaProblem(`${text}? is not supported`);
    return text;
  }

  #escaped(): string {
    const char = this.#next();
    if (char in classes || literalEscapes.includes(char)) return char;
    throw new SchemaProblem(`\\${char} is not supported, or may match what a JSON string has to escape`);
  }

  #class(): string {
    if (this.#pattern[this.#at] === "^")
      throw new SchemaProblem("[^…] may match a quote; list what is allowed");
    let text = "";
    let before: string | null = null;
    for (let char = this.#next(); char !== "]"; char = this.#next()) {
      if (char === "-" && before !== null && this.#pattern[this.#at] !== "]") {
        const end = this.#member(this.#next());
        if (coversEscapes(before, end))
          throw new SchemaProblem(`${before}-${end} holds a quote or a backslash`);
        text += `-${classEscape(end)}`;
        before = null;
        continue;
      }
      const name: string | undefined = char === "\\" ? classes[this.#pattern[this.#at] ?? ""] : undefined;
      before = this.#member(char);
      text += name ?? classEscape(before);
    }
    return `[${text}]`;
  }

  #member(char: string): string {
    return char === "\\" ? this.#escaped() : plain(char);
  }
}

function plain(char: string): string {
  if (char === '"' || char < " ")
    throw new SchemaProblem("a quote or a control character would have to be escaped");
  return char;
}

function classEscape(char: string): string {
  return "]-^[".includes(char) ? `\\${char}` : char;
}

function coversEscapes(low: string, high: string): boolean {
  const [from, to] = [low.codePointAt(0) ?? 0, high.codePointAt(0) ?? 0];
  return [quote, backslash].some((code) => from <= code && code <= to);
}
