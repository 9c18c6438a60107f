/** Numbers and lists of an options form, between what is typed and what is meant. */

/** NaN is not a number to show: its text is what was typed. */
export function numberText(value: unknown): string {
  return typeof value === "number" && !Number.isNaN(value) ? String(value) : "";
}

/** NaN where the text is no number; null where it is empty and nothing is a value too ("no limit"). */
export function readNumber(text: string, hasNull: boolean): number | null {
  const trimmed = text.trim();
  if (trimmed === "") return hasNull ? null : Number.NaN;
  return Number(trimmed);
}

export function listText(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(", ") : "";
}

/** "1, 2, 4": items between commas; what is no number is NaN, for the schema to refuse in words. */
export function readList(text: string, ofNumbers: boolean): readonly (number | string)[] {
  const items = text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
  return ofNumbers ? items.map(Number) : items;
}
