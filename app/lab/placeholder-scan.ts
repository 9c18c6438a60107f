/** Finds `{{name}}` in a template, in one pass: a pattern that backtracks takes minutes over 20,000 hostile characters. */

/** What of a text the scan reads, so that a test can count the reads. */
export type ScannedText = Pick<string, "length" | "charCodeAt" | "slice">;

export interface Placeholder {
  /** Between the braces, trimmed; never empty. */
  readonly name: string;
  /** Of the opening braces, and behind the closing ones. */
  readonly start: number;
  readonly end: number;
  /** Line of the template, from 1. */
  readonly line: number;
}

const openBrace = 0x7b;
const closeBrace = 0x7d;
const newline = 0x0a;

/** In their order. A name holds no brace; each character is read once, and once more for its name. */
export function scanPlaceholders(template: ScannedText): readonly Placeholder[] {
  const found: Placeholder[] = [];
  let line = 1;
  /** Line and start of the text behind the last `{{`; null where a brace came since. */
  let open: { readonly at: number; readonly line: number } | null = null;
  let before = 0;
  for (let at = 0; at < template.length; at += 1) {
    const code = template.charCodeAt(at);
    if (code === openBrace) open = before === openBrace ? { at: at + 1, line } : null;
    else if (code === closeBrace) {
      if (before === closeBrace && open !== null) {
        const name = template.slice(open.at, at - 1).trim();
        if (name !== "") found.push({ name, start: open.at - 2, end: at + 1, line: open.line });
        open = null;
      }
    } else if (before === closeBrace) open = null;
    if (code === newline) line += 1;
    before = code;
  }
  return found;
}

/** The template with each `{{name}}` as `replace` gives it. */
export function replacePlaceholders(
  template: string,
  replace: (name: string, whole: string) => string,
): string {
  const parts: string[] = [];
  let end = 0;
  for (const found of scanPlaceholders(template)) {
    parts.push(template.slice(end, found.start), replace(found.name, template.slice(found.start, found.end)));
    end = found.end;
  }
  parts.push(template.slice(end));
  return parts.join("");
}
