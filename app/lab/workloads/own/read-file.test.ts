import { expect, it } from "vitest";

import { twoHundredLines } from "../../testing/own-rows.ts";
import { readWorkloadFile } from "./read-file.ts";

it("reads rows alone: broken lines are listed, the good ones have two plans", () => {
  const { definition, leftOut } = readWorkloadFile({ text: twoHundredLines(), name: "tickets.csv" });
  expect(definition.table.rows).toHaveLength(197);
  expect(definition.plans.map(({ id }) => id)).toEqual(["full", "short"]);
  expect(leftOut.map(({ line }) => line)).toEqual([18, 90, 151]);
  expect(leftOut[0]!.reason).toContain("1 value where the head names 2");
});

it("asks rows by the plans of an exported workload, and lists rows that lack what those want", () => {
  const { definition } = readWorkloadFile({ text: "text,label\na,b\n", name: "a.csv" });
  const plans = JSON.stringify({ ...definition, title: "Mine", plans: definition.plans.slice(1) });
  const again = readWorkloadFile({
    text: '[{"text":"c","label":"d"},\n{"text":"e"}]',
    name: "c.json",
    plans,
  });
  expect(again.definition).toMatchObject({ title: "Mine", plans: [{ id: "short" }] });
  expect(again.definition.table.source).toBe("c.json");
  expect(again.leftOut).toEqual([{ line: 2, reason: "It has no “label”." }]);
});

it("reads an exported workload as it is", () => {
  const { definition } = readWorkloadFile({ text: "text,label\na,b\n", name: "a.csv" });
  expect(readWorkloadFile({ text: JSON.stringify(definition) }).definition).toEqual(definition);
});

it.each([
  [{ text: 3 }, "read from texts"],
  [{ text: "" }, "It is empty"],
  [{ text: '{"kind":"other","version":1}' }, "no workload of version 1"],
  [{ text: "a,b\n1,2\n", plans: "{" }, "no JSON"],
])("refuses %j", (options, message) => {
  expect(() => readWorkloadFile(options)).toThrow(message);
});
