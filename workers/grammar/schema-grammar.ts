/**
 * A JSON Schema as a grammar. Whatever the grammar lets through is JSON that the schema accepts;
 * a keyword that cannot be held to is refused by name, never left out. (XGrammar has a converter of
 * its own: version 0.1.27 leaves out keywords and lets whole numbers past their bounds.)
 */
import { type AddRule, choice, literal, literalOf, repeat, SchemaProblem, sharedRules } from "./ebnf.ts";
import { integersBetween } from "./integer-grammar.ts";
import { formats, patternGrammar } from "./pattern-grammar.ts";
import { checkKeywords, type Node, readBounds, readCounts, typesOf } from "./schema-keywords.ts";

const mostDepth = 32;

/** The grammar in XGrammar's EBNF, root rule `root`. Throws `SchemaProblem`. */
export function schemaGrammar(schema: unknown): string {
  return new SchemaWriter(schema).write();
}

class SchemaWriter {
  readonly #root: unknown;
  readonly #rules: string[] = [];
  /** Rule of each place in the schema that a `$ref` leads to. */
  readonly #byPointer = new Map<string, string>();
  #numRules = 0;

  constructor(root: unknown) {
    this.#root = root;
  }

  write(): string {
    this.#byPointer.set("#", "schema");
    const body = this.#schema(this.#root, "#", 0);
    return `root ::= schema\nschema ::= ${body}\n${this.#rules.join("\n")}${sharedRules}`;
  }

  #rule(body: string): string {
    const name = `r${this.#numRules++}`;
    this.#rules.push(`${name} ::= ${body}`);
    return name;
  }

  #choice(alternatives: readonly string[]): string {
    return choice(alternatives, (body) => this.#rule(body));
  }

  #schema(schema: unknown, path: string, depth: number): string {
    if (depth > mostDepth) throw problem(path, `schemas nest deeper than ${mostDepth}`);
    if (schema === true) return "any";
    if (schema === false) throw problem(path, "the schema is false, which no value satisfies");
    const node = nodeOf(schema, path);
    const kind = checkKeywords(node, path);
    switch (kind) {
      case "any":
        return "any";
      case "$ref":
        return this.#ref(node["$ref"], path, depth);
      case "const":
        return literalOf(node["const"]);
      case "enum":
        return this.#choice(listOf(node["enum"], `${path}/enum`).map(literalOf));
      case "anyOf":
      case "allOf":
        return this.#choice(
          listOf(node[kind], `${path}/${kind}`).map((option, index) =>
            this.#rule(this.#schema(option, `${path}/${kind}/${index}`, depth + 1)),
          ),
        );
      case "typed":
        return this.#choice(typesOf(node, path).map((type) => this.#typed(type, node, path, depth)));
    }
  }

  /** One rule for each place that is referred to, so that a schema may hold itself. */
  #ref(ref: unknown, path: string, depth: number): string {
    if (typeof ref !== "string" || !/^#(\/|$)/.test(ref)) {
      throw problem(
        path,
        `$ref is ${JSON.stringify(ref)}; only "#" and "#/…" within the schema are followed`,
      );
    }
    const known = this.#byPointer.get(ref);
    if (known !== undefined) return known;
    const target = resolve(this.#root, ref);
    if (target === undefined) throw problem(path, `$ref ${JSON.stringify(ref)} leads nowhere`);
    if (isRing(this.#root, target)) throw problem(path, `$ref ${JSON.stringify(ref)} leads back to itself`);
    const name = `ref${this.#byPointer.size}`;
    this.#byPointer.set(ref, name);
    this.#rules.push(`${name} ::= ${this.#schema(target, ref, depth + 1)}`);
    return name;
  }

  #typed(type: string, node: Node, path: string, depth: number): string {
    switch (type) {
      case "string":
        return this.#rule(stringGrammar(node, path, (body) => this.#rule(body)));
      case "integer": {
        const bounds = readBounds(node, path);
        return bounds === null
          ? "integer"
          : this.#rule(integersBetween(...bounds, (body) => this.#rule(body)));
      }
      case "number":
        return node["minimum"] === undefined ? "number" : "unsigned";
      case "array":
        return this.#rule(this.#array(node, path, depth));
      case "object":
        return this.#rule(this.#object(node, path, depth));
      case "boolean":
        return "boolean";
      default:
        return '"null"';
    }
  }

  #array(node: Node, path: string, depth: number): string {
    const [low, high] = readCounts(node, path, "minItems", "maxItems");
    const first = node["prefixItems"] === undefined ? [] : listOf(node["prefixItems"], `${path}/prefixItems`);
    const rules = first.map((item, index) =>
      this.#rule(this.#schema(item, `${path}/prefixItems/${index}`, depth + 1)),
    );
    const { items = true } = node;
    if (items === false && low > rules.length) {
      throw problem(path, `minItems is ${low}, and only ${rules.length} items are allowed`);
    }
    const more = items === false ? null : this.#rule(this.#schema(items, `${path}/items`, depth + 1));
    let body = high !== null && high <= rules.length ? '""' : tail(more, rules.length, low, high);
    for (let index = Math.min(rules.length, high ?? Infinity) - 1; index >= 0; index -= 1) {
      const item = `${index === 0 ? "" : '", " '}${rules[index] ?? ""} ${this.#rule(body)}`;
      body = index < low ? item : `(${item})?`;
    }
    return `"[" ${body} "]"`;
  }

  #object(node: Node, path: string, depth: number): string {
    const { properties, required = [], additionalProperties: more } = node;
    const names = Object.entries(properties === undefined ? {} : nodeOf(properties, `${path}/properties`));
    const needed = listOf(required, `${path}/required`, 0);
    const missing = needed.find((name) => !names.some(([known]) => known === name));
    if (missing !== undefined) {
      throw problem(path, `${JSON.stringify(missing)} is required and not among the properties`);
    }
    if (properties === undefined && more !== false) {
      const value =
        more === undefined
          ? "any"
          : this.#rule(this.#schema(more, `${path}/additionalProperties`, depth + 1));
      return `"{" (string ": " ${value} (", " string ": " ${value})*)? "}"`;
    }
    // Further ones could repeat a name, and the last of a name counts.
    if (more !== undefined && more !== false) {
      throw problem(path, "additionalProperties beside properties are not supported; leave them out");
    }
    /** What may follow where none, and where some property stands before. */
    let [alone, behind] = ['""', '""'];
    for (const [name, schema] of names.toReversed()) {
      const value = this.#rule(this.#schema(schema, `${path}/properties/${name}`, depth + 1));
      const pair = this.#rule(`${literal(`${JSON.stringify(name)}: `)} ${value} ${behind}`);
      const isOptional = !needed.includes(name);
      alone = this.#rule(isOptional ? `${pair} | ${alone}` : pair);
      behind = this.#rule(isOptional ? `", " ${pair} | ${behind}` : `", " ${pair}`);
    }
    return `"{" ${alone} "}"`;
  }
}

function stringGrammar(node: Node, path: string, addRule: AddRule): string {
  const { pattern, format } = node;
  const within = (body: string) => `"\\"" ${body} "\\""`;
  const [low, high] = readCounts(node, path, "minLength", "maxLength");
  const rules: string[] = Object.keys(node).filter((key) => key === "pattern" || key === "format");
  if (low > 0 || high !== null) rules.push("a length");
  if (rules.length > 1) throw problem(path, `${rules.join(" and ")} together are not supported`);
  if (format !== undefined) {
    const known = typeof format === "string" && Object.hasOwn(formats, format) ? formats[format] : undefined;
    if (known !== undefined) return within(`(${patternGrammar(known, addRule)})`);
    const names = Object.keys(formats).join(", ");
    throw problem(path, `format ${JSON.stringify(format)} is not supported; known: ${names}`);
  }
  if (pattern === undefined)
    return low === 0 && high === null ? "string" : within(`char${repeat(low, high)}`);
  if (typeof pattern !== "string") throw problem(path, "pattern must be a text");
  try {
    return within(`(${patternGrammar(pattern, addRule)})`);
  } catch (error) {
    throw error instanceof SchemaProblem ? problem(path, `pattern: ${error.message}`) : error;
  }
}

/** Items behind the first `index`, all by one rule. */
function tail(rule: string | null, index: number, low: number, high: number | null): string {
  if (rule === null) return '""';
  const [least, most] = [Math.max(0, low - index), high === null ? null : high - index];
  if (index > 0) return `(", " ${rule})${repeat(least, most)}`;
  const some = `${rule} (", " ${rule})${repeat(Math.max(1, least) - 1, most === null ? null : most - 1)}`;
  return least === 0 ? `(${some})?` : some;
}

function problem(path: string, message: string): SchemaProblem {
  return new SchemaProblem(path === "#" ? message : `${path}: ${message}`);
}

function nodeOf(value: unknown, path: string): Node {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Node;
  throw problem(path, "it must be an object");
}

function listOf(value: unknown, path: string, least = 1): readonly unknown[] {
  if (Array.isArray(value) && value.length >= least) return value;
  throw problem(path, least === 0 ? "it must be a list" : "it must be a list that is not empty");
}

/** RFC 6901, as the fragment of a URI. */
function resolve(root: unknown, pointer: string): unknown {
  return pointer
    .split("/")
    .slice(1)
    .reduce<unknown>((value, part) => {
      const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
      return typeof value === "object" && value !== null ? (value as Node)[name] : undefined;
    }, root);
}

/** Whether refs lead to refs for ever. */
function isRing(root: unknown, start: unknown): boolean {
  const seen = new Set<unknown>();
  let target = start;
  while (typeof target === "object" && target !== null && "$ref" in target) {
    if (seen.has(target)) return true;
    seen.add(target);
    target = typeof target.$ref === "string" ? resolve(root, target.$ref) : undefined;
  }
  return false;
}
