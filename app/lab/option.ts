/**
 * Options of an experiment: a flat zod object whose entries say what a form, a command line and
 * `--help` show. Options come unchecked, from DevTools and command lines; `checkOptions` reads them.
 */
import { InferscopeError } from "../../protocol/index.ts";
import { rightValue, type Field, type FieldInput, type ItemInput } from "./field.ts";
import { z } from "./zod.ts";

/** What is said of an option beside its type. */
export interface OptionText {
  /** Label in a form: "Max tokens". */
  readonly title: string;
  /** One sentence. */
  readonly help: string;
  readonly unit?: string;
  /** On the command line, without dashes; its name in kebab case unless told, null for none. */
  readonly flag?: string | null;
  /** Of the values of a choice. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What null means: "no limit". */
  readonly none?: string;
  /** Behind a fold in forms. */
  readonly isAdvanced?: boolean;
  /** A text of several lines. */
  readonly isLong?: boolean;
  /** Where the type does not tell it. */
  readonly input?: "policy" | "workload" | "other";
}

/** Keyed by the schemas themselves, which live as long as the modules that made them. */
const texts = z.registry<OptionText>();

/** Says what an option is for. Put it around the whole schema, default included. */
export function option<Schema extends z.ZodType>(schema: Schema, text: OptionText): Schema {
  texts.add(schema, text);
  return schema;
}

/** The engine's policy of the run; the engine checks it. */
export const policyOption = () =>
  option(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}), {
    title: "Policy",
    help: "Engine policy of the run, put back afterwards: prefixCache=false,maxNumSeqs=8",
    input: "policy",
  });

/** In the order of the schema. Throws where an option says nothing of itself. */
export function fieldsOf(options: z.ZodObject): readonly Field[] {
  return Object.entries(options.shape).map(([name, schema]) => fieldOf(name, schema as z.ZodType));
}

function fieldOf(name: string, schema: z.ZodType): Field {
  const text = texts.get(schema);
  if (text === undefined) throw new Error(`the option ${name} has no title and help: wrap it in option()`);
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const { anyOf = [] } = json;
  const nullable = anyOf.some(({ type }) => type === "null");
  const { title, help, unit = null, flag = kebab(name), isAdvanced = false, none } = text;
  return {
    ...{ name, title, help, unit, flag, isAdvanced },
    fallback: json.default,
    nullText: nullable ? (none ?? "none") : null,
    input: inputOf(name, nullable ? { ...json, ...anyOf.find(({ type }) => type !== "null") } : json, text),
  };
}

/** What of JSON Schema zod writes for the types of options. */
interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly default?: unknown;
}

function inputOf(name: string, json: JsonSchema, text: OptionText): FieldInput {
  if (text.input !== undefined) return { type: text.input };
  if (json.type !== "array") return itemOf(name, json, text);
  return {
    type: "list",
    item: itemOf(name, json.items ?? {}, text),
    min: json.minItems ?? 0,
    max: json.maxItems ?? null,
  };
}

function itemOf(name: string, json: JsonSchema, { labels = {}, isLong = false }: OptionText): ItemInput {
  if (json.enum !== undefined) {
    const values = json.enum.map(String);
    return { type: "choice", choices: values.map((value) => ({ value, label: labels[value] ?? value })) };
  }
  switch (json.type) {
    case "integer":
    case "number":
      return {
        type: "number",
        isWhole: json.type === "integer",
        min: finite(json.minimum ?? json.exclusiveMinimum),
        max: finite(json.maximum),
      };
    case "boolean":
      return { type: "switch" };
    case "string":
      return { type: "text", isLong };
    default:
      throw new Error(`the option ${name} has no field: say input: "other"`);
  }
}

/** zod bounds whole numbers by what a float holds exactly, which is no limit to tell anybody. */
const finite = (bound: number | undefined): number | null =>
  bound === undefined || Math.abs(bound) === Number.MAX_SAFE_INTEGER ? null : bound;

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Checked, with defaults. Throws `invalid-request` with the first option that is wrong, and what would be right. */
export function checkOptions<Options extends z.ZodObject>(
  options: Options,
  given: unknown,
): z.output<Options> {
  const checked = options.safeParse(given);
  if (checked.success) return checked.data;
  const [problem] = problemsOf(options, given, checked.error);
  throw new InferscopeError("invalid-request", problem?.message ?? "The options cannot be read.", {
    hint: problem?.hint ?? "Give an object of options.",
  });
}

export interface OptionProblem {
  readonly name: string;
  /** "The option requests is 0." */
  readonly message: string;
  /** "Use a whole number from 1 to 200." */
  readonly hint: string;
}

/** By the name of the option, for forms; empty where all is right. */
export function formProblems(options: z.ZodObject, given: unknown): Readonly<Record<string, string>> {
  const checked = options.safeParse(given);
  if (checked.success) return {};
  const titles = new Map(fieldsOf(options).map(({ name, title }) => [name, title]));
  return Object.fromEntries(
    problemsOf(options, given, checked.error).map(({ name, hint }) => [
      name,
      `${titles.get(name) ?? name}: ${hint.charAt(0).toLowerCase()}${hint.slice(1)}`,
    ]),
  );
}

function problemsOf(options: z.ZodObject, given: unknown, { issues }: z.ZodError): readonly OptionProblem[] {
  const fields = fieldsOf(options);
  const values = typeof given === "object" && given !== null ? new Map(Object.entries(given)) : new Map();
  return issues.map((issue): OptionProblem => {
    if (issue.code === "unrecognized_keys") {
      const name = issue.keys.join(", ");
      const known = fields.map((field) => field.name).join(", ");
      return { name, message: `There is no option ${name}.`, hint: `Known options: ${known}.` };
    }
    const name = String(issue.path[0] ?? "");
    const field = fields.find((candidate) => candidate.name === name);
    const value: unknown = values.get(name);
    // A check of the experiment's own says what would be right itself.
    const right = issue.code === "custom" || field === undefined ? issue.message : rightValue(field);
    return { name, message: `The option ${name} is ${show(value)}.`, hint: `Use ${right}.` };
  });
}

function show(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "number") return String(value);
  return JSON.stringify(value);
}
