import { describe, expect, it } from "vitest";

import { experimentIds, loadExperiment, type ExperimentId } from "../app/lab/experiments/index.ts";
import { checkOptions, fieldsOf } from "../app/lab/option.ts";
import { experimentUsage, labUsage, parseLabArguments, type ExperimentInfo } from "./lab-arguments.ts";

async function infoOf(id: ExperimentId): Promise<ExperimentInfo> {
  const { about, options } = await loadExperiment(id);
  return { id, about, fields: fieldsOf(options) };
}

async function parse(line: string) {
  const [id = ""] = line.split(" ");
  return parseLabArguments(await infoOf(id as ExperimentId), line.split(" "));
}

describe("arguments of the lab", () => {
  it.each([
    ["compare", {}],
    [
      "compare --rows 20 --repeats=3 --plans structured,json",
      { rows: 20, repeats: 3, plans: ["structured", "json"] },
    ],
    ["compare --workload email-extraction", { workload: "email-extraction" }],
    ["sweet-spot --rows 50 --examples 0,2", { rows: 50, examples: [0, 2] }],
    [
      "batch --sweep none --max-tokens 24 --arrivals fixed --rate 2.5",
      { sweep: [], maxTokens: 24, arrivals: "fixed", ratePerSecond: 2.5 },
    ],
    ["batch --modes static,none --sequences none", { modes: ["static", "none"], sequences: null }],
    [
      "rate-limit --rpm none --tpm 600 --window 1",
      { requestsPerMinute: null, tokensPerMinute: 600, windowSeconds: 1 },
    ],
    [
      "claims --ids 3,11 --policy prefixCache=false,maxNumSeqs=8",
      { ids: [3, 11], policy: { prefixCache: false, maxNumSeqs: 8 } },
    ],
    [
      "duel --engines paged-cpu,web-llm --models a,b",
      { engines: ["paged-cpu", "web-llm"], models: ["a", "b"], model: "scope-2m-q4f16_1" },
    ],
    ["bench --quick", { quick: true }],
  ])("%s", async (line, options) => {
    expect((await parse(line)).options).toEqual(options);
  });

  it("are common ones too, and name files of one's own rows and plans", async () => {
    expect(await parse("compare --json a.json --adapter swiftshader --record")).toMatchObject({
      ...{ json: "a.json", adapter: "swiftshader", runner: "gpu", record: true },
      ...{ workload: null, plansFile: null, options: {} },
    });
    expect(await parse("compare --adapter none")).toMatchObject({ runner: "cpu" });
    expect(await parse("compare --adapter none --runner gpu")).toMatchObject({ runner: "gpu" });
    expect(await parse("compare --workload rows.csv --plans my.workload.json")).toMatchObject({
      ...{ workload: "rows.csv", plansFile: "my.workload.json", options: {} },
    });
    expect((await parse("compare --workload rows.csv --plans full,short")).options).toEqual({
      plans: ["full", "short"],
    });
  });

  it.each([
    ["compare --rows x", '--rows is "x"'],
    ["compare --adapter metal", '--adapter is "metal"'],
    ["compare --colour", "--colour"],
    ["compare 3", '"3" is no option of compare'],
    ["compare --cache lukewarm", "use cold, warm"],
    ["compare --plans plans.json", "give them with --workload"],
    ["claims --policy cache", '--policy has "cache"'],
    ["sweet-spot --workload rows.csv", "--workload"],
    ["batch --modes all", '--modes is "all"'],
  ])("%s is refused", async (line, message) => {
    await expect(parse(line)).rejects.toThrow(message);
  });

  it.each(experimentIds.map((id) => [id]))(
    "%s says each of its options, and has defaults that are right",
    async (id) => {
      const info = await infoOf(id);
      for (const { flag, help } of info.fields) {
        if (flag !== null) expect(experimentUsage(info)).toContain(`--${flag}`);
        expect(experimentUsage(info)).toContain(flag === null ? info.about : help);
      }
      expect(labUsage([info])).toContain(info.about);
      const { options } = await loadExperiment(id);
      expect(() => checkOptions(options, {})).not.toThrow();
      expect(() => checkOptions(options, { nosuch: 1 })).toThrow("There is no option nosuch");
    },
  );
});
