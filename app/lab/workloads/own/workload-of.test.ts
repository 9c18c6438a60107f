import { readFileSync } from "node:fs";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { InferscopeError, type Message } from "../../../../protocol/index.ts";
import { runCompare } from "../../experiments/compare/run.ts";
import { emailExtraction } from "../built-in/email-extraction.ts";
import type { CompareReport } from "../../experiments/compare/report.ts";
import { runPlan } from "../../run-plan.ts";
import { labOn, readAs, runExperiment } from "../../testing/experiments.ts";
import { FakeEngine } from "../../testing/fake-engine.ts";
import { twoHundredLines } from "../../testing/own-rows.ts";
import { userAnalysis } from "../built-in/user-analysis.ts";
import { parseDefinition, type PlanDefinition, type WorkloadDefinition } from "./definition.ts";
import { evaluateAnswers, type EvaluateAnswers } from "./evaluate-answers.ts";
import { renameCall } from "./placeholders.ts";
import { definitionProblems } from "./problems.ts";
import { parseRows } from "./rows.ts";
import { copyOf, emptyWorkload, starterSchema, withExpected, withTable } from "./starter.ts";
import { definitionRows, promptPlan, readWorkload } from "./workload-of.ts";

const rows = (text: string) => parseRows(text, "rows.csv");
const own = (text = twoHundredLines()): WorkloadDefinition =>
  withTable(emptyWorkload("own-test", "Tickets"), rows(text));

const call = (id: string, user: string) => ({ id, system: "", user, maxTokens: 8, temperature: 0, stop: [] });
const plan = (...calls: PlanDefinition["calls"]): PlanDefinition => ({
  id: "chain",
  title: "Chain",
  description: "",
  calls,
  parser: { type: "text" },
  checks: null,
});
const withPlans = (...plans: readonly PlanDefinition[]): WorkloadDefinition => ({ ...own(), plans });

describe("a run", () => {
  it("of a file with three broken lines is one of the 197 good rows", async () => {
    // Right for every second row, and with the full instruction only.
    const answer = (messages: readonly Message[]) =>
      messages[0]!.content.startsWith("You are") ? "billing" : "none of them";
    const result = await runExperiment("compare", labOn(new FakeEngine(answer)), {
      workload: own(),
      rows: 500,
    });
    const report = await readAs("compare", JSON.parse(JSON.stringify(result)));
    expect(report.workload).toEqual({ id: "own-test", version: 0, title: "Tickets" });
    expect(report.rows).toHaveLength(197);
    expect(report.samples).toHaveLength(2 * 197);
    const numBilling = own().table.rows.filter(({ values }) => values["label"] === "billing").length;
    const [full, short] = report.plans;
    expect(full).toMatchObject({ plan: "full", n: 197, parseRate: 1, accuracy: numBilling / 197 });
    expect(short).toMatchObject({ plan: "short", n: 197, accuracy: 0 });
    const accuracy = report.differences.find(({ metric }) => metric === "accuracy")!;
    expect(accuracy.interval[0]).toBeLessThan(accuracy.difference);
    expect(accuracy.interval[1]).toBeLessThan(0);
    // The order is A B, B A.
    expect(report.samples.slice(0, 4).map(({ planId }) => planId)).toEqual([
      "full",
      "short",
      "short",
      "full",
    ]);
    expect(report.samples[0]!.rowLabel).toBe('line 2: Message 0: my invoice, and "more"');
  });

  it("holds a call's answer to its schema, as built-in plans and files have it", () => {
    const schema = { type: "object", properties: { answer: { type: "string" } }, required: ["answer"] };
    const format = { type: "json_schema", schema };
    const held = plan({ ...call("answer", "{{text}}"), schema: JSON.stringify(schema) }, call("free", "x"));
    expect(promptPlan(held).calls.map(({ responseFormat }) => responseFormat)).toEqual([format, undefined]);
    const written = JSON.parse(JSON.stringify(withPlans(held))) as { plans: { calls: object[] }[] };
    Object.assign(written.plans[0]!.calls[0]!, { schema });
    const [read] = parseDefinition(JSON.stringify(written)).plans;
    expect(promptPlan(read!).calls[0]!.responseFormat).toEqual(format);
    expect(
      starterSchema({ ...held, parser: { type: "json", call: "answer", fields: ["a", "b"] } }, "answer"),
    ).toBe(
      JSON.stringify(
        {
          type: "object",
          properties: { a: { type: "string" }, b: { type: "string" } },
          required: ["a", "b"],
        },
        null,
        2,
      ),
    );
    const json = userAnalysis.plans.find(({ id }) => id === "json")!;
    const [copied] = copyOf(userAnalysis, ["json"], "own-json").plans;
    expect(promptPlan(copied!).calls[0]!.responseFormat).toEqual(json.calls[0]!.responseFormat);
  });

  it("of fewer rows draws them by the seed, in the order of the file", () => {
    const { workload } = readWorkload(own(), evaluateAnswers);
    const labels = (seed: number) => workload.rows(5, seed).map(({ label }) => Number(/\d+/.exec(label)![0]));
    expect(labels(1)).toEqual(labels(1));
    expect(labels(1)).not.toEqual(labels(2));
    expect(labels(1)).toEqual(labels(1).toSorted((a, b) => a - b));
  });

  it("fails the rows that cannot be judged, and no other", async () => {
    const evaluate: EvaluateAnswers = (answered) =>
      answered.values["label"] === "billing"
        ? evaluateAnswers(answered)
        : Promise.reject(new InferscopeError("invalid-request", "a pattern took longer than 2 s"));
    const { workload } = readWorkload(own(), evaluate);
    const settings = {
      plans: workload.plans.slice(0, 1),
      rows: 6,
      repeats: 1,
      seed: 1,
      cache: "cold",
    } as const;
    const { samples, rows: ran } = await runCompare(new FakeEngine(() => "billing"), workload, settings);
    const labels = ran.map(({ values }) => values["label"]);
    expect(new Set(labels)).toEqual(new Set(["billing", "support"]));
    expect(samples.map(({ error, evaluation }) => error?.message ?? evaluation?.correct)).toEqual(
      labels.map((label) => (label === "billing" ? true : "a pattern took longer than 2 s")),
    );
    // What the engine did is kept: the Trace and the answer can be looked at.
    expect(samples.every(({ calls }) => calls.length === 1)).toBe(true);
  });

  it("follows the templates: what needs no other answer runs at the same time", async () => {
    const three = plan(
      call("first", "{{text}}"),
      call("second", "{{text}} again"),
      call("third", "{{ first }} and {{answers.second}}"),
    );
    const [a, b, c] = promptPlan(three).calls;
    expect([a!.after, b!.after, c!.after]).toEqual([[], [], ["first", "second"]]);
    const engine = new FakeEngine((messages) => `(${messages.at(-1)!.content})`);
    const run = await runPlan(engine, promptPlan(three), { label: "", values: { text: "T" } });
    expect(run.answers["third"]).toBe("((T) and (T again))");
    expect(engine.mostAtOnce).toBe(2);
    // No system message where its template is empty.
    expect(run.calls[0]!.messages).toHaveLength(1);
  });

  it("cannot start from what is no workload or has problems", async () => {
    const run = (workload: unknown) =>
      runExperiment("compare", labOn(new FakeEngine(() => "x")), { workload });
    await expect(run({})).rejects.toThrow("no workload of version 1: kind");
    await expect(run(emptyWorkload("own-a", "Empty"))).rejects.toThrow(
      "“Empty” cannot run yet: There are no rows",
    );
    await expect(run("nothing")).rejects.toThrow('no workload "nothing"');
  });
});

describe("problems", () => {
  const messages = (definition: WorkloadDefinition) =>
    definitionProblems(definition).map(({ place, message }) => `${place}: ${message}`);

  it("has none to begin with", () => {
    expect(messages(own())).toEqual([]);
  });

  it.each<[string, WorkloadDefinition, string]>([
    [
      "an unknown name",
      withPlans(plan(call("answer", "Text:\n{{txt}}"))),
      "plans/chain/calls/0/user: Line 2: there is no {{txt}}. Known: text.",
    ],
    [
      "the expected answer in a prompt",
      withPlans(plan(call("answer", "{{label}}"))),
      "plans/chain/calls/0/user: Line 1: {{label}} holds the expected answer",
    ],
    [
      "a later answer",
      withPlans(plan(call("answer", "{{next}}"), call("next", "x"))),
      "plans/chain/calls/0/user: Line 1: {{next}} is not answered yet",
    ],
    [
      "an open brace",
      withPlans(plan(call("answer", "{{text}} {{text"))),
      "plans/chain/calls/0/user: Line 1: “{{” without a name",
    ],
    [
      "two calls of one name",
      withPlans(plan(call("answer", "x"), call("answer", "y"))),
      "plans/chain/calls/1/id: Two calls are called “answer”.",
    ],
    [
      "a call called like a column",
      withPlans(plan(call("text", "x"))),
      "plans/chain/calls/0/id: “text” is a column already.",
    ],
    [
      "a field that is not there",
      withPlans(plan(call("other", "x"))),
      "plans/chain/parser: The checks look at “answer”; this plan's answers have other.",
    ],
    ["no check", { ...own(), checks: [] }, "checks: Nothing says what a right answer is"],
    [
      "a column that is gone",
      { ...own(), expectedColumns: ["gone"] },
      "rows: The rows have no column “gone”",
    ],
    [
      "a bad pattern",
      { ...own(), checks: [{ field: "answer", evaluator: "regex", expected: "(", ignoreCase: false }] },
      "checks/0: Invalid regular expression",
    ],
    [
      "a bad schema",
      { ...own(), checks: [{ field: "answer", evaluator: "json-schema", expected: "{", ignoreCase: false }] },
      "checks/0: The schema is no JSON: ",
    ],
    [
      "a call's schema that is no JSON",
      withPlans(plan({ ...call("answer", "x"), schema: "{" })),
      "plans/chain/calls/0/schema: The schema is no JSON: ",
    ],
    [
      "a call's schema that is a list",
      withPlans(plan({ ...call("answer", "x"), schema: "[]" })),
      "plans/chain/calls/0/schema: The schema is no JSON object.",
    ],
    [
      "a schema that refers to nothing",
      {
        ...own(),
        checks: [
          { field: "answer", evaluator: "json-schema", expected: '{"$ref":"#/x"}', ignoreCase: false },
        ],
      },
      "checks/0:",
    ],
    [
      "a parser without a group",
      withPlans({ ...plan(call("answer", "x")), parser: { type: "regex", call: "answer", pattern: "x" } }),
      "plans/chain/parser: Name a group",
    ],
  ])("are told with their place: %s", (_, definition, expected) => {
    expect(messages(definition).join("\n")).toContain(expected);
    expect(() => readWorkload(definition, evaluateAnswers)).toThrow("cannot run yet");
  });
});

describe("a workload made to be slow", () => {
  const problem = (message: RegExp) => [
    expect.objectContaining({ message: expect.stringMatching(message) as string }) as object,
  ];

  it("is looked at up to a million characters", () => {
    const long = (index: number) => call(`call${index}`, "{{a}}".repeat(4000));
    const many = plan(...Array.from({ length: 12 }, (_, index) => long(index)));
    expect(definitionProblems(withPlans(many)).length).toBeGreaterThan(1);
    const plans = Array.from({ length: 5 }, (_, index) => ({ ...many, id: `plan-${index}` }));
    expect(definitionProblems(withPlans(...plans))).toEqual(problem(/more than 1,000,000 characters/));
  });

  it("holds no more names and characters than its limits", () => {
    const fields = Array.from({ length: 101 }, (_, index) => `field ${index}`);
    const chain = plan(call("answer", "x"));
    const refused = [
      withPlans({ ...chain, parser: { type: "json", call: "answer", fields } }),
      { ...own(), expectedColumns: fields },
      withPlans(plan({ ...call("answer", "x"), schema: { enum: ["x".repeat(20_000)] } as never })),
    ];
    for (const definition of refused) {
      expect(() => parseDefinition(JSON.stringify(definition))).toThrow("This is no workload of version 1");
    }
  });
});

describe("editing", () => {
  it("begins anew with other expected columns, until a plan was changed", () => {
    const swapped = withExpected(own(), ["text"]);
    expect(swapped.plans[0]!.calls[0]!.user).toBe("label: {{label}}\ntext:");
    expect(swapped.checks[0]!.expected).toBe("{{text}}");
    const changed = { ...own(), plans: [plan(call("answer", "{{text}}"))] };
    expect(withExpected(changed, ["text"]).plans).toBe(changed.plans);
    expect(withTable(changed, rows("text,label,x\n1,2,3")).plans).toBe(changed.plans);
    expect(withTable(changed, rows("text,label,x\n1,2,3")).expectedColumns).toEqual(["label"]);
  });

  it("renames a call wherever its answer is used", () => {
    const chain = plan(call("first", "x"), call("second", "{{first}} {{ answers.first }} {{firsts}}"));
    const renamed = renameCall(
      { ...chain, parser: { type: "json", call: "first", fields: ["a"] } },
      "first",
      "one",
    );
    expect(renamed.calls.map(({ id }) => id)).toEqual(["one", "second"]);
    expect(renamed.calls[1]!.user).toBe("{{one}} {{one}} {{firsts}}");
    expect(renamed.parser).toMatchObject({ call: "one" });
  });

  it("leaves out rows that lack what prompts and checks want", () => {
    const definition = own('[{"text":"a","label":"x"},\n{"text":"b","label":""},\n{"label":"x"}]');
    expect(definitionRows(definition).rows).toHaveLength(1);
    expect(definitionRows(definition).problems.map(({ line }) => line)).toEqual([2, 3]);
  });
});

describe("copies of the built-in workloads", () => {
  it.each([userAnalysis, emailExtraction])("of $id have no problem", (workload) => {
    for (const { id } of workload.plans) {
      const copy = copyOf(workload, [id], "own-copy");
      expect(definitionProblems(copy)).toEqual([]);
      expect(definitionRows(copy).rows).toHaveLength(100);
      const [copied] = readWorkload(copy, evaluateAnswers).workload.plans;
      const original = workload.plans.find((candidate) => candidate.id === id)!;
      expect(copied!.calls.map(({ after }) => after)).toEqual(original.calls.map(({ after }) => after));
    }
  });

  it("judge the recorded run as it was judged", async () => {
    const path = new URL("../../../../public/traces/compare-user-analysis.json", import.meta.url);
    const report = JSON.parse(readFileSync(path, "utf8")) as CompareReport;
    const { workload: copy } = readWorkload(
      copyOf(userAnalysis, report.settings.plans, "own-copy"),
      evaluateAnswers,
    );
    for (const { planId, row, calls, evaluation } of report.samples) {
      const answers = Object.fromEntries(calls.map(({ callId, text }) => [callId, text.trim()]));
      const { parsed, correct } = await copy.evaluate(planId, report.rows[row]!, answers);
      expect({ parsed, correct }).toEqual({ parsed: evaluation!.parsed, correct: evaluation!.correct });
    }
    expect(report.samples.length).toBeGreaterThan(5);
  });
});

describe("an exported workload", () => {
  it("comes back as it was", () => {
    const definition = copyOf(userAnalysis, ["naive-chain", "structured", "json"], "own-copy");
    expect(parseDefinition(JSON.stringify(definition))).toEqual(definition);
  });

  it("never does anything but be read or be refused with a reason, however it was changed", () => {
    const text = JSON.stringify(own("text,label\na,b\n"));
    const changed = fc.tuple(fc.nat(text.length), fc.nat(6), fc.string({ maxLength: 4 }));
    fc.assert(
      fc.property(fc.array(changed, { minLength: 1, maxLength: 3 }), (changes) => {
        const mutated = changes.reduce(
          (now, [at, length, put]) => now.slice(0, at) + put + now.slice(at + length),
          text,
        );
        try {
          const definition = parseDefinition(mutated);
          definitionProblems(definition);
          definitionRows(definition);
        } catch (cause) {
          expect((cause as Error).message).toMatch(/^This (file is no JSON|is no workload of version 1): /);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("never crashes with any value in any place", () => {
    const definition = own("text,label\na,b\n");
    const paths = [
      ["plans"],
      ["plans", 0],
      ["plans", 0, "calls", 0],
      ["plans", 0, "parser"],
      ["table"],
      ["checks", 0],
      ["id"],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const json = structuredClone(definition) as unknown as Record<string | number, unknown>;
        const parent = path
          .slice(0, -1)
          .reduce<Record<string | number, unknown>>((now, key) => now[key] as typeof now, json);
        parent[path.at(-1)!] = value;
        try {
          definitionProblems(parseDefinition(JSON.stringify(json)));
        } catch (cause) {
          expect((cause as Error).message).toMatch(/^This is no workload of version 1: /);
        }
      }),
    );
  });
});
