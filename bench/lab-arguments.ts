/**
 * The command line of the lab, made of the experiments' options: `--max-tokens 48` sets `maxTokens`.
 * Throws with what is wrong, in words; ranges are checked by the page, by the same schema.
 */
import { parseArgs } from "node:util";

import { rightValue, type Field, type FieldInput, type ItemInput } from "../app/lab/field.ts";
import { commonArguments, commonOptions, commonUsage, type CommonArguments } from "./arguments.ts";
import { parsePolicy } from "./policy-argument.ts";

/** What of an experiment the command line needs. */
export interface ExperimentInfo {
  readonly id: string;
  readonly about: string;
  readonly fields: readonly Field[];
}

export interface LabArguments extends CommonArguments {
  readonly experiment: string;
  /** Of `inferscope.run`, which checks them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** File of a workload of one's own; null: the built-in one, or none. */
  readonly workload: string | null;
  /** Exported workload whose plans ask the rows of `workload`. */
  readonly plansFile: string | null;
  /** Write the recorded run that the page shows first. */
  readonly record: boolean;
}

/** `args` begin with the experiment's id. */
export function parseLabArguments({ id, fields }: ExperimentInfo, args: readonly string[]): LabArguments {
  const flags = fields.filter(hasFlag);
  const own = Object.fromEntries(
    flags.map(({ flag, input }) => [
      flag,
      { type: input.type === "switch" ? ("boolean" as const) : ("string" as const) },
    ]),
  );
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...own,
      ...commonOptions,
      ...(id === "compare" ? { record: { type: "boolean" as const } } : {}),
    },
  });
  if (positionals.length !== 1) throw new Error(`"${positionals.slice(1).join(" ")}" is no option of ${id}`);
  const given: Readonly<Record<string, string | boolean | undefined>> = values;
  const options: Record<string, unknown> = {};
  let [workload, plansFile]: (string | null)[] = [null, null];
  for (const field of flags) {
    const text = given[field.flag];
    if (text === undefined) continue;
    if (field.input.type === "workload" && isFile(String(text))) workload = String(text);
    else if (field.name === "plans" && String(text).endsWith(".json")) plansFile = String(text);
    else options[field.name] = valueOf(field, text);
  }
  if (plansFile !== null && workload === null) {
    throw new Error(`--plans ${plansFile} asks rows of one's own: give them with --workload`);
  }
  const common = commonArguments(values);
  // A duel loads its models itself.
  const model = fields.some(({ name }) => name === "model") ? { model: common.model } : {};
  return {
    ...common,
    experiment: id,
    options: { ...model, ...options },
    workload: workload ?? null,
    plansFile: plansFile ?? null,
    record: given["record"] === true,
  };
}

type Flagged = Field & { readonly flag: string };
const hasFlag = (field: Field): field is Flagged => field.flag !== null;

/** Ids have no dot; a path has one, or a slash. */
const isFile = (text: string): boolean => /[./\\]/.test(text);

function valueOf({ input, nullText, flag }: Flagged, text: string | boolean): unknown {
  if (typeof text === "boolean") return text;
  if (text === "none" && nullText !== null) return null;
  switch (input.type) {
    case "list":
      return text === "none" ? [] : text.split(",").map((each) => itemOf(input.item, each.trim(), flag));
    case "policy":
      return parsePolicy(text);
    case "workload":
    case "other":
      return text;
    default:
      return itemOf(input, text, flag);
  }
}

function itemOf(input: ItemInput, text: string, flag: string): unknown {
  switch (input.type) {
    case "number": {
      const value = Number(text);
      if (text.trim() !== "" && !Number.isNaN(value)) return value;
      throw new Error(`--${flag} is "${text}", use ${input.isWhole ? "a whole number" : "a number"}`);
    }
    case "choice":
      if (input.choices.some(({ value }) => value === text)) return text;
      throw new Error(`--${flag} is "${text}", use ${input.choices.map(({ value }) => value).join(", ")}`);
    case "switch":
      return text === "true";
    case "text":
      return text;
  }
}

/** All experiments, a line each. */
export const labUsage = (
  experiments: readonly ExperimentInfo[],
): string => `npm run lab -- <experiment> [options]

${experiments.map(({ id, about }) => `  ${id.padEnd(18)} ${about}`).join("\n")}

npm run lab -- <experiment> --help lists its options. Every one takes

${commonUsage}`;

/** One experiment's options. */
export const experimentUsage = ({
  id,
  about,
  fields,
}: ExperimentInfo): string => `npm run lab -- ${id} [options]

  ${about}

${fields
  .filter(hasFlag)
  .map((field) => `  --${`${field.flag} ${sample(field)}`.padEnd(24)} ${helpLine(field)}`)
  .join("\n")}
${commonUsage}${id === "compare" ? "\n  --record           write the recorded run that the page shows first" : ""}`;

function helpLine(field: Field): string {
  const { help, fallback, input } = field;
  const range = input.type === "number" && input.max !== null ? `, ${String(input.min)} to ${input.max}` : "";
  const standard = fallback === undefined || input.type === "policy" ? "" : ` (${standardText(fallback)})`;
  const choices =
    input.type === "choice" || (input.type === "list" && input.item.type === "choice")
      ? `: ${rightValue(field)}`
      : "";
  return `${help}${range}${choices}${standard}`;
}

function standardText(value: unknown): string {
  if (value === null) return "none";
  if (Array.isArray(value)) return value.join(",");
  return typeof value === "string" || typeof value === "number" ? String(value) : JSON.stringify(value);
}

function sample({ input }: Field): string {
  const samples: Readonly<Record<FieldInput["type"], string>> = {
    ...{ number: "N", switch: "", choice: "X", text: "TEXT", list: "A,B,…" },
    ...{ policy: "a=b,…", workload: "ID|FILE", other: "X" },
  };
  return samples[input.type];
}
