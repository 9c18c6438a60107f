/** A table of 200 rows for tests; lines 18, 90 and 151 are broken, each in its own way. */
export function twoHundredLines(): string {
  const broken: Readonly<Record<number, string>> = {
    18: "a message without a label",
    90: '"a quote that is never closed,billing',
    151: "too many, commas,billing",
  };
  const lines = Array.from({ length: 200 }, (_, index) => {
    const line = index + 2;
    const label = index % 2 === 0 ? "billing" : "support";
    return broken[line] ?? `"Message ${index}: my invoice, and ""more""",${label}`;
  });
  return `text,label\r\n${lines.join("\r\n")}\r\n`;
}
