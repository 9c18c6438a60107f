import { describe, expect, it } from "vitest";

import { checkOptions, fieldsOf, formProblems, option, policyOption } from "./option.ts";
import { z } from "./zod.ts";

const options = z.strictObject({
  maxTokens: option(z.int().min(1).max(200).default(8), {
    title: "Max tokens",
    help: "At most",
    unit: "tokens",
  }),
  rate: option(z.number().min(1).nullable().default(null), {
    title: "Rate",
    help: "Limit",
    none: "no limit",
  }),
  arrivals: option(z.enum(["burst", "fixed"]).default("burst"), {
    title: "Arrivals",
    help: "When",
    labels: { burst: "All at once" },
  }),
  atOnce: option(
    z
      .array(z.int().min(1))
      .max(3)
      .default([1, 2])
      .refine((list) => list.length > 0, "at least one"),
    { title: "At once", help: "Points", flag: null },
  ),
  isQuick: option(z.boolean().default(false), { title: "Quick", help: "Short", isAdvanced: true }),
  name: option(z.string().optional(), { title: "Name", help: "Of it", isLong: true }),
  policy: policyOption(),
});

it("are told as plain data, without their schemas", () => {
  expect(fieldsOf(options)).toEqual([
    {
      ...{ name: "maxTokens", title: "Max tokens", help: "At most", unit: "tokens", flag: "max-tokens" },
      ...{ isAdvanced: false, fallback: 8, nullText: null },
      input: { type: "number", isWhole: true, min: 1, max: 200 },
    },
    expect.objectContaining({
      ...{ name: "rate", fallback: null, nullText: "no limit" },
      input: { type: "number", isWhole: false, min: 1, max: null },
    }),
    expect.objectContaining({
      input: {
        type: "choice",
        choices: [
          { value: "burst", label: "All at once" },
          { value: "fixed", label: "fixed" },
        ],
      },
    }),
    expect.objectContaining({
      ...{ name: "atOnce", flag: null, fallback: [1, 2] },
      input: { type: "list", item: { type: "number", isWhole: true, min: 1, max: null }, min: 0, max: 3 },
    }),
    expect.objectContaining({ name: "isQuick", isAdvanced: true, input: { type: "switch" } }),
    expect.objectContaining({ name: "name", fallback: undefined, input: { type: "text", isLong: true } }),
    expect.objectContaining({ name: "policy", input: { type: "policy" } }),
  ]);
});

it("must say what they are for", () => {
  expect(() => fieldsOf(z.object({ bare: z.int() }))).toThrow("the option bare has no title and help");
});

describe("checked options", () => {
  it("have their defaults", () => {
    expect(checkOptions(options, { maxTokens: 3, rate: 2.5 })).toEqual({
      ...{ maxTokens: 3, rate: 2.5, arrivals: "burst", atOnce: [1, 2], isQuick: false, policy: {} },
    });
  });

  it.each([
    [{ maxTokens: 0 }, "The option maxTokens is 0.", "Use a whole number from 1 to 200."],
    [{ maxTokens: 1.5 }, "The option maxTokens is 1.5.", "Use a whole number from 1 to 200."],
    [{ maxTokens: Number.NaN }, "The option maxTokens is NaN.", "Use a whole number from 1 to 200."],
    [{ rate: 0 }, "The option rate is 0.", "Use a number of at least 1, or null for no limit."],
    [{ arrivals: "never" }, 'The option arrivals is "never".', "Use one of burst, fixed."],
    [{ atOnce: [] }, "The option atOnce is [].", "Use at least one."],
    [{ isQuick: 1 }, "The option isQuick is 1.", "Use true or false."],
    [{ maxToken: 3 }, "There is no option maxToken.", "Known options: maxTokens, rate,"],
    [null, "The option  is missing.", "Use"],
  ])("%j are refused", (given, message, hint) => {
    const check = () => checkOptions(options, given);
    expect(check).toThrow(message);
    try {
      check();
    } catch (error) {
      expect((error as { hint: string }).hint).toContain(hint);
    }
  });

  it("tell a form which field is wrong", () => {
    expect(formProblems(options, {})).toEqual({});
    expect(formProblems(options, { maxTokens: 0, arrivals: "never" })).toEqual({
      maxTokens: "Max tokens: use a whole number from 1 to 200.",
      arrivals: "Arrivals: use one of burst, fixed.",
    });
  });
});
