/** Where the greedy answers of two engines part. */
import type { CallRecord, Sample } from "../../sample.ts";
import type { AnswerCheck } from "./report.ts";

/** Token ids of an answer by request; none where the engine tells none. */
export type TokenIds = ReadonlyMap<string, readonly number[]>;

/** The first answered sample of each row, side by side. Rows that one side lacks are left out. */
export function checkAnswers(
  from: readonly Sample[],
  to: readonly Sample[],
  tokenIds: TokenIds,
): readonly AnswerCheck[] {
  const firsts = (samples: readonly Sample[]) =>
    new Map(samples.toReversed().map((sample) => [sample.row, sample]));
  const others = firsts(to);
  return [...firsts(from).values()]
    .toSorted((a, b) => a.row - b.row)
    .flatMap((a) => {
      const b = others.get(a.row);
      return b === undefined ? [] : [checkRow(a, b, tokenIds)];
    });
}

function checkRow(a: Sample, b: Sample, tokenIds: TokenIds): AnswerCheck {
  const idsOf = ({ requestId = "" }: CallRecord) => tokenIds.get(requestId) ?? [];
  const tellsIds = ({ calls }: Sample) => calls.every((call) => idsOf(call).length > 0);
  const basis = tellsIds(a) && tellsIds(b) ? "token ids" : "text";
  const { row, rowLabel: label } = a;
  for (const [index, call] of a.calls.entries()) {
    const other = b.calls[index];
    const units = (of: CallRecord | undefined): readonly (number | string)[] =>
      of === undefined ? [] : basis === "text" ? Array.from(of.text) : idsOf(of);
    const position = firstDifference(units(call), units(other));
    if (position === null) continue;
    const at = (of: CallRecord | undefined): string =>
      of === undefined
        ? ""
        : basis === "text"
          ? Array.from(of.text)
              .slice(position, position + 12)
              .join("")
          : (of.tokens[position]?.text ?? "");
    return {
      row,
      label,
      basis,
      firstDifference: { callId: call.callId, position, from: at(call), to: at(other) },
    };
  }
  return { row, label, basis, firstDifference: null };
}

function firstDifference<Unit>(a: readonly Unit[], b: readonly Unit[]): number | null {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i += 1) if (a[i] !== b[i]) return i;
  return null;
}

/** "12 of 12 answers equal, by token ids"; null where no row has both. */
export function answersText(answers: readonly AnswerCheck[]): string | null {
  if (answers.length === 0) return null;
  const equal = answers.filter(({ firstDifference: parted }) => parted === null).length;
  const basis = answers.every(({ basis: by }) => by === "token ids") ? "token ids" : "text";
  return `${equal} of ${answers.length} rows answered alike, by ${basis}`;
}
