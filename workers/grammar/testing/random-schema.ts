/** Random JSON Schemas of everything that is supported, in the bounds of a short answer. */
import { mix32 } from "../../kernels/sample.reference.ts";

export type Schema = Readonly<Record<string, unknown>>;

export interface Dice {
  /** A whole number below `count`. */
  below(count: number): number;
  pick<T>(values: readonly T[]): T;
}

export function dice(seed: number): Dice {
  let turn = 0;
  const below = (count: number) => mix32(mix32(seed) + (turn += 1)) % count;
  return { below, pick: (values) => values[below(values.length)]! };
}

const words = ["red", "a/b", 'say "no"', "Straße", "\\", "two\nlines", "日本", "", "😀"];
const patterns = ["^[A-Z]{2}-[0-9]{1,3}$", "^(yes|no|maybe)$", "[a-f0-9]{4}", "^\\d+\\.\\d{2}$", "\\w{1,8}"];
const names = ["name", "age", "größe", "is-set", "a b", "list", "x1", "日付"];

export function randomSchema(die: Dice, depth = 2): Schema {
  const leaf = [string, integer, values, simple];
  return die.pick(depth === 0 ? leaf : [...leaf, array, object, object, union])(die, depth);
}

function string(die: Dice): Schema {
  const rules: Schema[] = [
    { maxLength: 1 + die.below(12) },
    { minLength: die.below(4), maxLength: 4 + die.below(8) },
    { pattern: die.pick(patterns) },
    { format: die.pick(["date", "time", "date-time", "uuid", "ipv4", "email"]) },
  ];
  return { type: "string", ...die.pick(rules) };
}

function integer(die: Dice): Schema {
  const low = die.below(2000) - 1000;
  const rules: Schema[] = [
    { minimum: low, maximum: low + die.below(1500) },
    { exclusiveMinimum: low, exclusiveMaximum: low + 2 + die.below(50) },
    { minimum: die.below(10), maximum: 99 },
    { minimum: -5, maximum: 5 },
    { minimum: low },
    { maximum: low },
    {},
  ];
  return { type: "integer", ...die.pick(rules) };
}

function values(die: Dice): Schema {
  const some: readonly unknown[] = [...words, 12, -0.5, 1e21, true, null];
  const chosen = Array.from({ length: 1 + die.below(4) }, () => die.pick(some));
  return die.below(3) === 0 ? { const: chosen[0] } : { enum: chosen };
}

function simple(die: Dice): Schema {
  return die.pick([{ type: "boolean" }, { type: "null" }, { type: ["boolean", "null"] }]);
}

function array(die: Dice, depth: number): Schema {
  const items = randomSchema(die, depth - 1);
  const minItems = die.below(3);
  if (die.below(3) > 0) return { type: "array", items, minItems, maxItems: minItems + die.below(3) };
  const prefixItems = Array.from({ length: 1 + die.below(3) }, () => randomSchema(die, depth - 1));
  return { type: "array", prefixItems, items: false, minItems: prefixItems.length };
}

function object(die: Dice, depth: number): Schema {
  const chosen = names.filter(() => die.below(3) === 0);
  const properties = Object.fromEntries(chosen.map((name) => [name, randomSchema(die, depth - 1)]));
  const required = chosen.filter(() => die.below(4) > 0);
  return { type: "object", properties, required, additionalProperties: false };
}

function union(die: Dice, depth: number): Schema {
  return { anyOf: [randomSchema(die, depth - 1), randomSchema(die, depth - 1)] };
}
