import { expect, it } from "vitest";

import { choiceFromSearch, searchOf, withDefaults, type Choice } from "./comparison-choice.ts";

const choice: Choice = { from: "naive-chain", to: "parallel", rows: "20", repeats: "3" };

it("comes back out of the address", () => {
  expect(choiceFromSearch(searchOf(choice))).toEqual(choice);
});

it.each(["", "?from=nothing", "?rows=7", "?from=json&to=json", "?rows=1e9&repeats=-1"])(
  "leaves out what is not known in %j",
  (search) => expect(choiceFromSearch(search)).toEqual({}),
);

it("never compares a plan with itself", () => {
  const engine = { load: { type: "idle" }, adapter: null, gpuProblem: null } as const;
  expect(withDefaults({ from: "structured" }, engine)).toMatchObject({
    from: "structured",
    to: "naive-chain",
  });
  expect(withDefaults({}, engine)).toMatchObject({ from: "naive-chain", to: "structured", rows: "1" });
});
