interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** A whole step allows whole numbers only. */
  readonly step: number;
}

/** Why a text is no number of the range, in words, or null. */
export function numberProblem(text: string, { min, max, step }: NumberRange): string | null {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  const wantsWhole = Number.isInteger(step);
  if (Number.isFinite(value) && value >= min && value <= max && (!wantsWhole || Number.isInteger(value))) {
    return null;
  }
  const kind = wantsWhole ? "whole number" : "number";
  return `A ${kind} from ${min.toLocaleString("en-US")} to ${max.toLocaleString("en-US")} is wanted.`;
}
