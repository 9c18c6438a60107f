/**
 * What it takes to judge one value by a JSON Schema, counted before anything is judged: twenty
 * definitions that name the next one twice are a million visits, thirty are more than a day's.
 * Kept small enough to be judged at once, on whatever thread.
 */
import { dereference } from "@cfworker/json-schema";

/** Visits of schemas for one value, without those of the values inside it. */
const mostVisits = 10_000;
/** Of objects and lists in each other. */
const mostDepth = 64;
/** The library reads what is below an `$id` twice, and what is below two of them four times. */
const mostIds = 4;

type Node = Readonly<Record<string, unknown>>;

/** Keywords whose schemas judge the same value; the others judge values inside it. */
const sameValue = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else"] as const;
/** Keywords that hold schemas by name, so that `id` in them is a name. */
const maps: readonly string[] = [
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
];

/** Why the schema is not judged, in words; null: it may be. Throws what the library throws on a bad `$id` or `$ref`. */
export function boundsProblem(schema: Node): string | null {
  const shape = shapeOf(schema);
  if (shape.depth > mostDepth) return `The schema nests deeper than ${mostDepth} levels.`;
  if (shape.ids > mostIds) return `The schema has more than ${mostIds} “$id” within each other.`;
  const visits = countVisits(schema);
  if (visits === null) return "The schema holds a “$ref” that leads back to itself.";
  return visits > mostVisits
    ? `The schema looks at a value more than ${mostVisits.toLocaleString("en-US")} times.`
    : null;
}

/** Deepest nesting, and most `$id`s on one way down; both stop counting one above what is allowed. */
function shapeOf(root: Node): { depth: number; ids: number } {
  const most = { depth: 0, ids: 0 };
  const rest: { value: unknown; depth: number; ids: number; isMap: boolean }[] = [
    { value: root, depth: 1, ids: 0, isMap: false },
  ];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { value, depth, isMap } = next;
    if (typeof value !== "object" || value === null) continue;
    const hasId = !isMap && !Array.isArray(value) && Boolean((value as Node)["$id"] || (value as Node)["id"]);
    const ids = next.ids + (hasId ? 1 : 0);
    most.depth = Math.max(most.depth, depth);
    most.ids = Math.max(most.ids, ids);
    if (most.depth > mostDepth) break;
    for (const [key, inner] of Object.entries(value)) {
      rest.push({ value: inner, depth: depth + 1, ids, isMap: !isMap && maps.includes(key) });
    }
  }
  return most;
}

/** Of the schema and of all that judge the same value; each is counted once and added wherever it is named. Null: a ring. */
function countVisits(schema: Node): number | null {
  const lookup: Readonly<Record<string, unknown>> = dereference(schema);
  const known = new Map<Node, number | "open">();
  const count = (node: unknown): number | null => {
    if (typeof node !== "object" || node === null || Array.isArray(node)) return 1;
    const visited = known.get(node as Node);
    if (visited === "open") return null;
    if (visited !== undefined) return visited;
    known.set(node as Node, "open");
    let sum = 1;
    for (const inner of sameValueSchemas(node as Node, schema, lookup)) {
      const visits = count(inner);
      if (visits === null) return null;
      // Beyond the bound the figure does not matter, and it would not stay a number.
      sum = Math.min(sum + visits, mostVisits + 1);
    }
    known.set(node as Node, sum);
    return sum;
  };
  return count(schema);
}

function sameValueSchemas(
  node: Node,
  root: Node,
  lookup: Readonly<Record<string, unknown>>,
): readonly unknown[] {
  const { dependentSchemas, $ref } = node;
  return [
    ...sameValue.flatMap((keyword) => (Object.hasOwn(node, keyword) ? node[keyword] : [])),
    ...(typeof dependentSchemas === "object" && dependentSchemas !== null
      ? Object.values<unknown>(dependentSchemas as Node)
      : []),
    // The library writes the address that it resolved beside the reference.
    ...($ref === undefined ? [] : [lookup[(node["__absolute_ref__"] ?? $ref) as string]]),
    ...(node["$recursiveRef"] === "#" ? [root] : []),
  ];
}
