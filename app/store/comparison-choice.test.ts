import { describe, expect, it } from "vitest";

import { emptyWorkload, withTable } from "../lab/workloads/own/starter.ts";
import { parseRows } from "../lab/workloads/own/rows.ts";
import { choiceFromSearch, rowChoices, searchOf, withDefaults, type Choice } from "./comparison-choice.ts";
import { chosenInfo, workloadInfos } from "./workload-info.ts";

const choice: Choice = {
  workload: "user-analysis",
  from: "naive-chain",
  to: "parallel",
  also: ["json"],
  rows: "20",
  repeats: "3",
};
const engine = { load: { type: "idle" }, adapter: null, gpuProblem: null } as const;
const table = parseRows("text,label\n" + "a,b\n".repeat(30), "rows.csv");
const infos = workloadInfos([withTable(emptyWorkload("own-a", "Mine"), table)]);
const info = (id?: string) => chosenInfo(infos, id);

it("comes back out of the address", () => {
  expect(choiceFromSearch(searchOf(choice))).toEqual(choice);
  expect(choiceFromSearch(searchOf({ ...choice, also: [] }))).toEqual({ ...choice, also: undefined });
});

it.each([
  "",
  "?from=no%20plan",
  "?rows=7",
  "?rows=1e9&repeats=-1",
  "?also=a,,b",
  `?workload=${"x".repeat(99)}`,
])("leaves out what is malformed in %j", (search) => expect(choiceFromSearch(search)).toEqual({}));

describe("defaults", () => {
  it("never compare a plan with itself", () => {
    expect(withDefaults({ from: "structured" }, info(), engine)).toMatchObject({
      from: "structured",
      to: "naive-chain",
    });
    expect(withDefaults({ from: "json", to: "json" }, info(), engine)).toMatchObject({ to: "structured" });
    expect(withDefaults({}, info(), engine)).toMatchObject({
      from: "naive-chain",
      to: "structured",
      rows: "1",
    });
  });

  it("take the place of what the workload does not have", () => {
    expect(withDefaults({ ...choice, from: "nothing", also: ["x"] }, info(), engine)).toMatchObject({
      from: "naive-chain",
      to: "parallel",
      also: [],
    });
    expect(withDefaults(choice, info("email-extraction"), engine)).toMatchObject({
      workload: "email-extraction",
      from: "verbose-labelled-0",
      to: "verbose-labelled-1",
      rows: "20",
    });
    expect(info("own-gone").id).toBe("user-analysis");
  });

  it("offer all of one's own rows", () => {
    expect(rowChoices(info("own-a"))).toEqual(["1", "5", "20", "all"]);
    expect(withDefaults({ rows: "100" }, info("own-a"), engine)).toMatchObject({
      from: "full",
      to: "short",
      rows: "all",
    });
  });

  it("never make all of two rows a hundred", () => {
    const two = workloadInfos([
      withTable(emptyWorkload("own-two", "Two"), parseRows("text,label\na,b\nc,d\n", "two.csv")),
    ]);
    expect(withDefaults({ rows: "all" }, chosenInfo(two, "own-two"), engine).rows).toBe("all");
    for (const id of ["user-analysis", "email-extraction"]) {
      expect(withDefaults({ rows: "all" }, chosenInfo(two, id), engine).rows).toBe("1");
    }
    const onGpu = { load: { type: "ready" }, adapter: { isSoftware: false }, gpuProblem: null } as never;
    expect(withDefaults({ rows: "all" }, chosenInfo(two, "user-analysis"), onGpu).rows).toBe("5");
    // The default of five is all where there are two.
    expect(withDefaults({}, chosenInfo(two, "own-two"), onGpu).rows).toBe("all");
  });
});
