/** Breaks of a log, put together by where they stand and what they are. */
import type { BreakKind, PrefixBreak } from "./prefix-breaks.ts";
import type { TokenMeter } from "./token-meter.ts";

export interface FoundBreak extends PrefixBreak {
  readonly line: number;
  /** The request it was compared with. */
  readonly otherLine: number;
}

export interface BreakGroup {
  readonly kind: BreakKind;
  readonly part: number;
  readonly role: string;
  readonly context: string;
  readonly numLines: number;
  /** The first lines, at most 20. */
  readonly lines: readonly number[];
  readonly example: Pick<FoundBreak, "line" | "otherLine" | "text" | "otherText">;
  /** Tokens that would be shared without the difference, over all lines; by the log's own characters per token. */
  readonly tokensLost: number;
}

const mostGroups = 30;

/** Those that lose most first. */
export function groupBreaks(found: readonly FoundBreak[], meter: TokenMeter): readonly BreakGroup[] {
  const groups = new Map<string, FoundBreak[]>();
  for (const item of found) {
    // Texts in front of a plain difference differ as well: only its place counts there.
    const place = item.kind === "text" ? "" : item.context.slice(-16);
    const key = [item.kind, item.part, item.role, place].join("\u0000");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()]
    .map((items) => toGroup(items, meter))
    .sort((a, b) => b.tokensLost - a.tokensLost)
    .slice(0, mostGroups);
}

function toGroup(items: readonly FoundBreak[], meter: TokenMeter): BreakGroup {
  const [first] = items;
  if (first === undefined) throw new Error("a group of breaks has at least one");
  const { kind, part, role, context, line, otherLine, text, otherText } = first;
  return {
    kind,
    part,
    role,
    context,
    numLines: items.length,
    lines: items.slice(0, 20).map((item) => item.line),
    example: { line, otherLine, text, otherText },
    tokensLost: meter.estimate(items.reduce((sum, { lostCharacters }) => sum + lostCharacters, 0)),
  };
}
