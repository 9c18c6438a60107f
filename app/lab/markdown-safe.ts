/** Foreign texts on their way into Markdown: names of models and plans, words of servers, labels of imported reports. */

/**
 * The same value with every text in one line and without what Markdown would make a tag, a link, an
 * image or the end of a table's cell of. Keys stay. Twice is as once.
 */
export function markdownSafe<Value>(value: Value): Value {
  if (typeof value === "string") return safeText(value) as Value;
  if (Array.isArray(value)) return value.map((item: unknown) => markdownSafe(item)) as Value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => [key, markdownSafe(inner)]),
  ) as Value;
}

const safeText = (text: string): string =>
  text
    .replaceAll("<", "&lt;")
    .replaceAll("](", "]&#40;")
    .replaceAll("|", "&#124;")
    .replaceAll(/[\r\n\u2028\u2029]/g, " ");
