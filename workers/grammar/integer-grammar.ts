/** Whole numbers between two bounds, digit by digit. */
import { type AddRule, choice, literal } from "./ebnf.ts";

const most = 10 ** 15 - 1;

/** low <= high; infinite bounds become fifteen nines. */
export function integersBetween(low: number, high: number, addRule: AddRule): string {
  const [from, to] = [Math.max(low, -most), Math.min(high, most)];
  const parts: string[] = [];
  if (from < 0) parts.push(`"-" ${choice(naturalsBetween(Math.max(1, -to), -from), addRule)}`);
  if (to >= 0) parts.push(...naturalsBetween(Math.max(0, from), to));
  return choice(parts, addRule);
}

/** 0 <= low <= high; alternatives, one for each number of digits. */
function naturalsBetween(low: number, high: number): string[] {
  const parts: string[] = [];
  for (let digits = String(low).length; digits <= String(high).length; digits += 1) {
    const from = Math.max(low, digits === 1 ? 0 : 10 ** (digits - 1));
    const to = Math.min(high, 10 ** digits - 1);
    parts.push(`(${sameLength(String(from), String(to)).join(" | ")})`);
  }
  return parts;
}

/** Alternatives that differ in their first digit. */
function sameLength(low: string, high: string): string[] {
  const rest = low.length - 1;
  if (low === high) return [literal(low)];
  if (rest === 0) return [`[${low}-${high}]`];
  const [first, last] = [Number(low[0]), Number(high[0])];
  const behind = (digit: number, from: string, to: string) =>
    `${literal(String(digit))} (${sameLength(from, to).join(" | ")})`;
  if (first === last) return [behind(first, low.slice(1), high.slice(1))];
  const isLowest = /^0*$/.test(low.slice(1));
  const isHighest = /^9*$/.test(high.slice(1));
  const free = [isLowest ? first : first + 1, isHighest ? last : last - 1] as const;
  return [
    ...(isLowest ? [] : [behind(first, low.slice(1), "9".repeat(rest))]),
    ...(free[0] > free[1] ? [] : [`[${free[0]}-${free[1]}] [0-9]{${rest}}`]),
    ...(isHighest ? [] : [behind(last, "0".repeat(rest), high.slice(1))]),
  ];
}
