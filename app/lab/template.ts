import { InferscopeError } from "../../protocol/index.ts";
import { replacePlaceholders } from "./placeholder-scan.ts";

export type TemplateValues = Readonly<Record<string, string | number>>;

/** Characters of a filled template: far above any context window, far below what stops a page. */
const mostCharacters = 5_000_000;

/**
 * Replaces each `{{name}}` by its value. Throws on a name that has none, and `request-too-large`
 * where a few thousand names of long values make a text that no engine takes.
 */
export function fill(template: string, values: TemplateValues): string {
  let numCharacters = template.length;
  return replacePlaceholders(template, (name) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new Error(`the template wants {{${name}}}, which has no value`);
    const text = String(value);
    numCharacters += text.length;
    if (numCharacters > mostCharacters) {
      throw new InferscopeError(
        "request-too-large",
        `The filled template has more than ${mostCharacters.toLocaleString("en-US")} characters.`,
        { hint: "Name the long value once in the template." },
      );
    }
    return text;
  });
}
