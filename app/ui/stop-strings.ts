/** Stop strings as a person writes them: separated by |, with \n, \t, \| and \\ for what cannot be typed. */
export type StopStrings =
  { readonly stop: readonly string[]; readonly problem: null } | { readonly problem: string };

const mostStrings = 8;
const mostCharacters = 200;
const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", "|": "|", "\\": "\\" };

export function parseStopStrings(text: string): StopStrings {
  const strings: string[] = [];
  let current = "";
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === "|") {
      strings.push(current);
      current = "";
    } else if (character === "\\") {
      at += 1;
      const escaped = escapes[text.charAt(at)];
      if (escaped === undefined) {
        return { problem: "After a backslash stands n, t, | or another backslash." };
      }
      current += escaped;
    } else {
      current += character;
    }
  }
  strings.push(current);
  const stop = strings.filter((string) => string !== "");
  if (stop.length > mostStrings) return { problem: `${stop.length} stop strings, at most ${mostStrings}.` };
  if (stop.some(({ length }) => length > mostCharacters)) {
    return { problem: `A stop string has at most ${mostCharacters} characters.` };
  }
  return { stop, problem: null };
}

export function formatStopStrings(stop: readonly string[]): string {
  return stop
    .map((string) => string.replace(/[\\|]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t"))
    .join("|");
}
