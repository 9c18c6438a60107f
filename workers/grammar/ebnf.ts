/** XGrammar's EBNF: texts, and the rules that every JSON grammar shares. */

/** What keeps a schema from becoming a grammar, in words, with its place in the schema. */
export class SchemaProblem extends Error {}

/** A text as it stands. */
export function literal(text: string): string {
  return text === "" ? '""' : JSON.stringify(text);
}

/** A JSON value with our separators. */
export function literalOf(value: unknown): string {
  return literal(jsonText(value));
}

/** Objects and arrays within each other. */
const mostValueDepth = 32;

function jsonText(value: unknown, depth = 0): string {
  if (depth > mostValueDepth) throw new SchemaProblem(`a value nests deeper than ${mostValueDepth}`);
  if (Array.isArray(value)) return `[${value.map((each) => jsonText(each, depth + 1)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const pairs = Object.entries(value).map(
    ([name, each]) => `${JSON.stringify(name)}: ${jsonText(each, depth + 1)}`,
  );
  return `{${pairs.join(", ")}}`;
}

/** `{low,high}` behind an element; high null: as many as it likes. */
export function repeat(low: number, high: number | null): string {
  return `{${low},${high ?? ""}}`;
}

/** Adds a rule and tells its name. */
export type AddRule = (body: string) => string;

/**
 * One of several. XGrammar 0.1.27 merges states of alternatives that begin alike and lets too much
 * through (mlc-ai/xgrammar#632); rules that hold another rule it leaves apart.
 */
export function choice(alternatives: readonly string[], addRule: AddRule): string {
  const [only] = alternatives;
  if (only !== undefined && alternatives.length === 1) return only;
  return `(${alternatives.map((each) => addRule(`${each} nothing`)).join(" | ")})`;
}

/**
 * A character is one code point as JSON counts lengths, so escapes spell no halves of surrogate
 * pairs. Numbers stay within what a double tells apart (15 digits) and below its largest.
 */
export const sharedRules = String.raw`
nothing ::= ""
char ::= [^\0-\x1f\"\\] | "\\" escape
escape ::= [\"\\/bfnrt] | "u" ([0-9a-cA-Ce-fE-F] hex hex hex | [dD] [0-7] hex hex)
hex ::= [0-9a-fA-F]
string ::= "\"" char* "\""
integer ::= "0" | "-"? natural
natural ::= [1-9] [0-9]{0,14}
number ::= "-"? unsigned
unsigned ::= ("0" | natural) ("." [0-9]{1,15})? ([eE] [+-]? [0-9]{1,2})?
boolean ::= "true" | "false"
any ::= string | number | boolean | "null" | array | object
array ::= "[" (any (", " any)*)? "]"
object ::= "{" (string ": " any (", " string ": " any)*)? "}"
`;
