import { expect, it } from "vitest";

import { emptyWorkload, withTable } from "./starter.ts";
import type { RowTable } from "./definition.ts";

const table = (labels: readonly string[]): RowTable => ({
  source: "letters.csv",
  columns: ["text", "label"],
  rows: labels.map((label, index) => ({ line: index + 2, values: { text: `Letter ${index}`, label } })),
  problems: [],
});
const systems = (labels: readonly string[]) =>
  withTable(emptyWorkload("own", "Own"), table(labels)).plans.map(({ calls }) => calls[0]!.system);

it("drafted prompts list the labels where rows share a few", () => {
  const [full, short] = systems(["refund", "delivery", "refund", "other"]);
  expect(full).toContain("Possible answers: delivery, other, refund.");
  expect(short).toBe("Give the label: delivery, other, refund.");
});

it("answers that are each row's own, too many, long, or would be read as templates are not listed", () => {
  const own = ["a@x.org", "b@x.org", "c@x.org", "d@x.org"];
  const many = Array.from({ length: 40 }, (_, index) => `label ${index % 20}`);
  const long = ["x".repeat(60), "y", "y", "y"];
  const braces = ["{{text}}", "y", "y", "y"];
  for (const labels of [own, many, long, braces]) {
    expect(systems(labels)[1]).toBe("Give the label.");
  }
});
