/**
 * What in a model's tokenizer files is a program of somebody else: chat templates (Jinja) and patterns
 * (regular expressions). Either may take for ever, by mistake or on purpose, so it runs in a thread that
 * can be ended (`sandbox.ts`), unless it is known to end.
 */

/**
 * GPT-2's, cl100k's (Llama 3) and Qwen 2's splits, as their files spell them. No alternative repeats
 * within a repetition, and each begins with another class than it ends with, so that a text costs a
 * number of steps in proportion to its length: `foreign-code.test.ts` tries runs of each class.
 */
const knownPatterns: ReadonlySet<string> = new Set([
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
]);

/** Regular expressions anywhere in the parts of `tokenizer.json`, without those that are known to end. */
export function foreignPatterns(parts: readonly unknown[]): readonly string[] {
  const found = new Set<string>();
  // Not by recursion: a file may be nested deeper than the stack is.
  const rest: unknown[] = [...parts];
  for (let part = rest.pop(); rest.length > 0 || part !== undefined; part = rest.pop()) {
    if (typeof part !== "object" || part === null) continue;
    for (const [name, value] of Object.entries(part)) {
      if (name === "Regex" && typeof value === "string" && !knownPatterns.has(value)) found.add(value);
      else rest.push(value);
    }
  }
  return [...found];
}

const longestPlainTemplate = 4096;
const literal = /'[^'\\]*'|"[^"\\]*"/g;
const plainStatement =
  /^[-+]?\s*(?:for [a-z_]+ in messages|endfor|(?:el)?if [\w\s.[\]'"=!<>+-]*|else|endif)\s*[-+]?$/;
const plainExpression = /^[-+]?[\w\s.[\]'"=!<>+~-]*[-+]?$/;

/**
 * A template that surely ends: short, loops over the messages alone and not within a loop, and calls
 * nothing (no functions, filters, macros, products). It costs a number of steps in proportion to the
 * messages. Most plain chat formats are of this kind; what is not recognized is foreign.
 */
export function isPlainTemplate(source: string): boolean {
  if (source.length > longestPlainTemplate) return false;
  const bare = source.replace(literal, "''");
  let depth = 0;
  for (let at = bare.indexOf("{"); at !== -1; at = bare.indexOf("{", at)) {
    const kind = bare[at + 1];
    if (kind !== "%" && kind !== "{") return false;
    const end = bare.indexOf(kind === "%" ? "%}" : "}}", at + 2);
    if (end === -1) return false;
    const inner = bare.slice(at + 2, end);
    if (!(kind === "%" ? plainStatement : plainExpression).test(inner)) return false;
    if (/^[-+]?\s*for /.test(inner)) depth += 1;
    if (/^[-+]?\s*endfor/.test(inner)) depth -= 1;
    if (depth > 1) return false;
    at = end + 2;
  }
  return true;
}
