/** An option as plain data: what a form, a command line and `--help` are made of. */
export interface Field {
  /** Key in the options. */
  readonly name: string;
  readonly title: string;
  /** One sentence. */
  readonly help: string;
  /** Shown behind the field. */
  readonly unit: string | null;
  /** Without its dashes; null: not on the command line. */
  readonly flag: string | null;
  readonly isAdvanced: boolean;
  /** Undefined: there is none, or it depends on other options. */
  readonly fallback: unknown;
  /** What null means ("no limit"); null where the option cannot be null. */
  readonly nullText: string | null;
  readonly input: FieldInput;
}

/** A single value's input. */
export type ItemInput =
  | {
      readonly type: "number";
      readonly isWhole: boolean;
      readonly min: number | null;
      readonly max: number | null;
    }
  | { readonly type: "switch" }
  | {
      readonly type: "choice";
      readonly choices: readonly { readonly value: string; readonly label: string }[];
    }
  | { readonly type: "text"; readonly isLong: boolean };

export type FieldInput =
  | ItemInput
  | { readonly type: "list"; readonly item: ItemInput; readonly min: number; readonly max: number | null }
  /** `name=value,…` of the engine's policy, which the engine checks. */
  | { readonly type: "policy" }
  /** A built-in workload's id, or the definition of one's own: on the command line, a file. */
  | { readonly type: "workload" }
  /** Set by code alone: a price sheet. */
  | { readonly type: "other" };

/** What would be right: "a whole number from 1 to 200". */
export function rightValue({ input, nullText }: Field): string {
  const right = inputText(input);
  return nullText === null ? right : `${right}, or null for ${nullText}`;
}

function inputText(input: FieldInput): string {
  switch (input.type) {
    case "number":
      return numberText(input);
    case "switch":
      return "true or false";
    case "choice":
      return `one of ${input.choices.map(({ value }) => value).join(", ")}`;
    case "text":
      return "a text";
    case "list":
      return listText(input);
    case "policy":
      return "an object such as {prefixCache: false}";
    case "workload":
    case "other":
      return "what docs/api.md says";
  }
}

function numberText({ isWhole, min, max }: Extract<FieldInput, { type: "number" }>): string {
  const kind = isWhole ? "a whole number" : "a number";
  if (min !== null && max !== null) return `${kind} from ${min} to ${max}`;
  if (min !== null) return `${kind} of at least ${min}`;
  return max === null ? kind : `${kind} of at most ${max}`;
}

function listText({ item, min, max }: Extract<FieldInput, { type: "list" }>): string {
  const size =
    max === null
      ? min === 0
        ? ""
        : `of at least ${min}, `
      : min === max
        ? `of ${min}, `
        : `of ${min} to ${max}, `;
  return `a list ${size}each ${inputText(item)}`;
}
