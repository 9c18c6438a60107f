/** Why two prompts stop being the same, and what they would share if that difference were not there. */
import type { PromptPart } from "./parse-log.ts";

export type BreakKind = "timestamp" | "date" | "time" | "id" | "number" | "text";

export interface PrefixBreak {
  readonly kind: BreakKind;
  /** Index and role of the part that differs first. */
  readonly part: number;
  readonly role: string;
  /** Up to 40 characters before the difference; numbers in it are 0, so that like places compare equal. */
  readonly context: string;
  /** What stands there, here and in the request compared with. */
  readonly text: string;
  readonly otherText: string;
  /** Characters after the difference that are the same again: they would be shared without it. */
  readonly lostCharacters: number;
}

/** What changes from request to request. The first pattern that covers the difference names it. */
const volatile: readonly (readonly [BreakKind, RegExp])[] = [
  ["timestamp", /\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?/g],
  [
    "timestamp",
    /(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?(?:\d{1,2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d{1,4},? (?:\d{4},? )?(?:at )?\d{1,2}:\d{2}(?::\d{2})?(?: ?[AP]M)?/g,
  ],
  ["timestamp", /\b1[0-9]{9}(?:\d{3})?(?:\.\d+)?\b/g],
  ["id", /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi],
  ["date", /\b\d{4}[-/]\d{2}[-/]\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b/g],
  [
    "date",
    /(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?(?:\d{1,2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d{1,2}(?:, \d{4})?/g,
  ],
  ["time", /\b\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AP]M)?\b/g],
  ["id", /\b[A-Za-z]{1,12}[-_](?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{5,}\b/g],
  ["id", /\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,}\b/gi],
  ["number", /\b\d+(?:[.,]\d+)*\b/g],
];

/** A difference that costs less than this is the end of what is common, not a break. */
const leastLostCharacters = 80;
const reach = 80;

/**
 * `shared`: characters that the two prompts (parts joined by `joinParts`) have in common in front.
 * Null where nothing follows that would be shared: the requests simply ask different things.
 */
export function prefixBreak(
  text: string,
  other: string,
  shared: number,
  parts: readonly PromptPart[],
): PrefixBreak | null {
  const here = volatileSpan(text, shared);
  const there = volatileSpan(other, shared);
  const isVolatile = here !== null && there !== null && here.start === there.start;
  const lostCharacters = isVolatile
    ? sharedAfter(text, other, here.end, there.end)
    : commonTail(text, other, shared, parts);
  if (lostCharacters < leastLostCharacters) return null;
  const start = isVolatile ? here.start : shared;
  const part = partAt(parts, start);
  return {
    kind: isVolatile ? here.kind : "text",
    part: part.index,
    role: part.role,
    context: text.slice(Math.max(part.start, start - 40), start).replace(/\d+/g, "0"),
    text: isVolatile ? text.slice(here.start, here.end) : text.slice(shared, shared + 40),
    otherText: isVolatile ? other.slice(there.start, there.end) : other.slice(shared, shared + 40),
    lostCharacters,
  };
}

interface Span {
  readonly kind: BreakKind;
  readonly start: number;
  readonly end: number;
}

/** The volatile piece of text that covers a position. */
function volatileSpan(text: string, position: number): Span | null {
  const from = Math.max(0, position - reach);
  const around = text.slice(from, position + reach);
  for (const [kind, pattern] of volatile) {
    for (const match of around.matchAll(pattern)) {
      const start = from + match.index;
      const end = start + match[0].length;
      // A difference just behind the piece is one in its length: 9 against 10.
      if (start <= position && position <= end) return { kind, start, end };
    }
  }
  return null;
}

/** Characters that are the same again after a volatile piece, further volatile pieces passed over. */
function sharedAfter(text: string, other: string, start: number, otherStart: number): number {
  let [a, b, total] = [start, otherStart, 0];
  for (let passed = 0; passed < 8; passed++) {
    const length = commonPrefix(text, a, other, b);
    total += length;
    [a, b] = [a + length, b + length];
    const here = volatileSpan(text, a);
    const there = volatileSpan(other, b);
    if (here === null || there === null || here.end <= a || there.end <= b) break;
    [a, b] = [here.end, there.end];
  }
  return total;
}

function commonPrefix(a: string, startA: number, b: string, startB: number): number {
  const most = Math.min(a.length - startA, b.length - startB);
  let length = 0;
  while (length < most && a.charCodeAt(startA + length) === b.charCodeAt(startB + length)) length += 1;
  return length;
}

/** Characters at the end of the part that differs which are the same: static text behind variable text. */
function commonTail(text: string, other: string, shared: number, parts: readonly PromptPart[]): number {
  const part = partAt(parts, shared);
  const end = part.end;
  const otherEnd = other.indexOf(partMark, shared) === -1 ? other.length : other.indexOf(partMark, shared);
  const most = Math.min(end, otherEnd) - shared;
  let length = 0;
  while (length < most && text.charCodeAt(end - 1 - length) === other.charCodeAt(otherEnd - 1 - length))
    length += 1;
  return length;
}

/** Starts each part; no prompt holds it. */
const partMark = "\u0002";

/** The prompt as one text: each part after a mark and its role. */
export const joinParts = (parts: readonly PromptPart[]): string =>
  parts.map(({ role, text }) => `${partMark}${role}\n${text}`).join("");

/** Joined text as people read it: the role in brackets. */
export const readable = (joined: string): string =>
  joined.replace(new RegExp(`${partMark}(.*)\n`, "g"), "[$1] ").replaceAll(partMark, "");

function partAt(
  parts: readonly PromptPart[],
  position: number,
): { readonly index: number; readonly role: string; readonly start: number; readonly end: number } {
  let start = 0;
  for (const [index, { role, text }] of parts.entries()) {
    const end = start + 1 + role.length + 1 + text.length;
    if (position < end || index === parts.length - 1) {
      return { index, role, start: start + role.length + 2, end };
    }
    start = end;
  }
  return { index: 0, role: "", start: 0, end: 0 };
}
