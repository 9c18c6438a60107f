/** What the command lines of the lab and the bench have in common. They throw with what is wrong, in words. */
import type { AdapterChoice } from "../scripts/browser.ts";

/** What every command that drives the app takes. */
export interface CommonArguments {
  readonly json: string | null;
  readonly markdown: string | null;
  /** Null: the real adapter where there is one, else the software adapter. */
  readonly adapter: AdapterChoice | null;
  readonly runner: "gpu" | "cpu";
  readonly model: string;
}

export const commonUsage = `  --model ID         a bundled model (scope-2m-q4f16_1)
  --adapter A        default, swiftshader or none; without it, the real adapter if there is one
  --runner R         gpu or cpu (gpu; cpu with --adapter none)
  --json FILE        write the report
  --markdown [FILE]  write the printed text; without a file it is printed, as always`;

export const commonOptions = {
  model: { type: "string", default: "scope-2m-q4f16_1" },
  adapter: { type: "string" },
  runner: { type: "string" },
  json: { type: "string" },
  markdown: { type: "string" },
} as const;

/** Without a `--markdown` that names no file: the text is printed anyway. */
export function withoutBareMarkdown(args: readonly string[]): readonly string[] {
  return args.filter((arg, index) => arg !== "--markdown" || /^[^-]/.test(args[index + 1] ?? ""));
}

/** Checks the values of `commonOptions`. */
export function commonArguments(
  values: { readonly model: string } & Readonly<
    Partial<Record<"adapter" | "runner" | "json" | "markdown", string | undefined>>
  >,
): CommonArguments {
  const adapter = values.adapter === undefined ? null : oneOf("adapter", values.adapter, adapters);
  const runner = values.runner ?? (adapter === "none" ? "cpu" : "gpu");
  return {
    adapter,
    runner: oneOf("runner", runner, ["gpu", "cpu"]),
    model: values.model,
    json: values.json ?? null,
    markdown: values.markdown ?? null,
  };
}

const adapters: readonly AdapterChoice[] = ["default", "swiftshader", "none"];

export function oneOf<Value extends string>(name: string, text: string, values: readonly Value[]): Value {
  const value = values.find((candidate) => candidate === text);
  if (value === undefined) throw new Error(`--${name} is "${text}", use ${values.join(", ")}`);
  return value;
}

export function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} is "${text}", use a whole number from 1`);
  return value;
}
