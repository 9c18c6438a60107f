/**
 * Units are what is resampled: rows, texts, requests, batches. What was repeated on one unit is
 * summarized first, because repeats of a row are more alike than rows are; pooled, they would make
 * intervals too narrow by up to the root of their number.
 */
import { mean, median, type Summary } from "./summary.ts";

/** One list per unit: the values of its repeats, at least one. */
export type Units = readonly (readonly number[])[];

/** Both sides of each unit. */
export type Pairs = readonly { readonly from: readonly number[]; readonly to: readonly number[] }[];

/** Groups items by their unit, in the order of first appearance; what is null or no finite number is left out. */
export function unitsOf<Item>(
  items: readonly Item[],
  unit: (item: Item) => string | number,
  value: (item: Item) => number | null,
): Units {
  return [...grouped(items, unit, value).values()];
}

/** The units that both lists have. */
export function pairsOf<Item>(
  from: readonly Item[],
  to: readonly Item[],
  unit: (item: Item) => string | number,
  value: (item: Item) => number | null,
): Pairs {
  const others = grouped(to, unit, value);
  return [...grouped(from, unit, value)].flatMap(([key, own]) => {
    const other = others.get(key);
    return other === undefined ? [] : [{ from: own, to: other }];
  });
}

/** One value a unit. Throws where one is no finite number: sorted, it would hide among the others. */
export const single = (values: readonly number[]): Units =>
  values.map((value) => {
    if (!Number.isFinite(value)) throw new RangeError(`${value} is no measured value`);
    return [value];
  });

/** One value a unit on both sides. Throws as `single` does, and where the lists differ in length. */
export function singlePairs(from: readonly number[], to: readonly number[]): Pairs {
  if (from.length !== to.length) throw new RangeError(`${from.length} and ${to.length} values are no pairs`);
  const others = single(to);
  return single(from).map((own, index) => ({ from: own, to: others[index] ?? own }));
}

export const mediansOf = (units: Units): readonly number[] => units.map(summarizing(median));
export const meansOf = (units: Units): readonly number[] => units.map(summarizing(mean));

/** A value alone is its own summary: most units have one, and simulations make millions. */
const summarizing =
  (summary: Summary) =>
  (unit: readonly number[]): number =>
    unit.length === 1 ? (unit[0] ?? Number.NaN) : summary(unit);

function grouped<Item>(
  items: readonly Item[],
  unit: (item: Item) => string | number,
  value: (item: Item) => number | null,
): ReadonlyMap<string | number, readonly number[]> {
  const groups = new Map<string | number, number[]>();
  for (const item of items) {
    const found = value(item);
    if (found === null || !Number.isFinite(found)) continue;
    const group = groups.get(unit(item));
    if (group === undefined) groups.set(unit(item), [found]);
    else group.push(found);
  }
  return groups;
}
