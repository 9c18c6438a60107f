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
  /** Set by code alone: a workload of one's own, a price sheet. */
  | { readonly type: "other" };
