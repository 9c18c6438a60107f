/** What a node of a JSON Schema says, and whether we can hold to all of it. */
import { SchemaProblem } from "./ebnf.ts";

export type Node = Readonly<Record<string, unknown>>;
export type NodeKind = "any" | "$ref" | "const" | "enum" | "anyOf" | "allOf" | "typed";

/** They constrain nothing. */
const annotations = [
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
  "$comment",
  "$schema",
  "$id",
  "$defs",
  "definitions",
];
const byType: Readonly<Record<string, readonly string[]>> = {
  string: ["minLength", "maxLength", "pattern", "format"],
  integer: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  number: ["minimum"],
  boolean: [],
  null: [],
  array: ["items", "prefixItems", "minItems", "maxItems"],
  object: ["properties", "required", "additionalProperties"],
};
const alone = ["$ref", "const", "enum", "anyOf", "allOf"] as const;
/** A repetition costs the grammar a state each. */
const mostRepeats = 1000;

const problem = (path: string, message: string) =>
  new SchemaProblem(path === "#" ? message : `${path}: ${message}`);

/** Throws `SchemaProblem` for a keyword that cannot be held to. */
export function checkKeywords(node: Node, path: string): NodeKind {
  const keys = Object.keys(node).filter((key) => !annotations.includes(key));
  if (keys.length === 0) return "any";
  const kind = alone.find((name) => keys.includes(name));
  if (kind === undefined) {
    const types = typesOf(node, path);
    const known = ["type", ...types.flatMap((type) => byType[type] ?? [])];
    onlyKeys(path, keys, known, types.length === 0 ? "without a type" : `for type ${types.join(", ")}`);
    const minimum = node["minimum"];
    if (types.includes("number") && minimum !== undefined && minimum !== 0) {
      throw problem(path, "a number's only bound is minimum 0; use type integer for others");
    }
    return "typed";
  }
  const isValue = kind === "const" || kind === "enum";
  onlyKeys(path, keys, isValue ? [kind, "type"] : [kind], `beside ${kind}`);
  if (isValue) checkValues(node, kind, path);
  if (kind === "allOf" && Array.isArray(node[kind]) && node[kind].length > 1) {
    throw problem(path, "allOf of several schemas is not supported");
  }
  return kind;
}

function onlyKeys(path: string, keys: readonly string[], known: readonly string[], where: string): void {
  const unknown = keys.find((key) => !known.includes(key));
  if (unknown !== undefined) throw problem(path, `"${unknown}" is not supported ${where}`);
}

/** Without `type`, what its keywords speak of; empty where they tell nothing. */
export function typesOf(node: Node, path: string): readonly string[] {
  const { type } = node;
  if (type === undefined) {
    if ("properties" in node) return ["object"];
    return "items" in node || "prefixItems" in node ? ["array"] : [];
  }
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  if (types.length === 0) throw problem(path, "type is an empty list");
  return types.map((name) => {
    if (typeof name === "string" && Object.hasOwn(byType, name)) return name;
    throw problem(path, `type ${JSON.stringify(name)} is unknown`);
  });
}

function checkValues(node: Node, kind: "const" | "enum", path: string): void {
  const values: unknown = kind === "const" ? [node["const"]] : node["enum"];
  if (!Array.isArray(values) || !("type" in node)) return;
  const types = typesOf(node, path);
  const other: unknown = values.find(
    (value: unknown) => !typeNames(value).some((name) => types.includes(name)),
  );
  if (other !== undefined) throw problem(path, `${JSON.stringify(other)} is not of type ${types.join(", ")}`);
}

function typeNames(value: unknown): readonly string[] {
  if (value === null) return ["null"];
  if (Array.isArray(value)) return ["array"];
  if (typeof value === "number") return Number.isInteger(value) ? ["integer", "number"] : ["number"];
  return [typeof value];
}

/** Smallest and largest whole number; null where there is no bound. */
export function readBounds(node: Node, path: string): readonly [low: number, high: number] | null {
  const read = (name: string): number | undefined => {
    const value = node[name];
    if (value === undefined || (typeof value === "number" && Number.isSafeInteger(value))) return value;
    throw problem(path, `${name} must be a whole number`);
  };
  const above = read("exclusiveMinimum");
  const below = read("exclusiveMaximum");
  const low = Math.max(read("minimum") ?? -Infinity, above === undefined ? -Infinity : above + 1);
  const high = Math.min(read("maximum") ?? Infinity, below === undefined ? Infinity : below - 1);
  if (low > high) throw problem(path, `no whole number lies between ${low} and ${high}`);
  return low === -Infinity && high === Infinity ? null : [low, high];
}

/** Bounds of a length; `high` is null where there is none. */
export function readCounts(
  node: Node,
  path: string,
  lowName: string,
  highName: string,
): readonly [low: number, high: number | null] {
  const read = (name: string): number | null => {
    const value = node[name];
    if (value === undefined) return null;
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= mostRepeats)
      return value;
    throw problem(path, `${name} must be a whole number from 0 to ${mostRepeats}`);
  };
  const low = read(lowName) ?? 0;
  const high = read(highName);
  if (high !== null && low > high) throw problem(path, `${lowName} is above ${highName}`);
  return [low, high];
}
