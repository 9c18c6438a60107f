/**
 * Share links: the settings of a comparison in the URL fragment, which no server sees. Never
 * prompts, answers, figures or keys: own prompts travel only as an exported file.
 */

import { InferscopeError } from "../../../../protocol/index.ts";
import type { CompareReport } from "./report.ts";
import { z } from "../../zod.ts";

export interface SharedSettings {
  readonly version: 1;
  readonly experiment: "compare";
  readonly model: string | null;
  readonly workload: string;
  readonly plans: readonly string[];
  readonly rows: number;
  readonly repeats: number;
  readonly seed: number;
  readonly cache: "cold" | "warm";
}

const id = z.string().regex(/^[\w.-]{1,80}$/, "an id of letters, digits, dots and dashes");
const schema = z.strictObject({
  version: z.literal(1),
  experiment: z.literal("compare"),
  model: id.nullable(),
  workload: id,
  plans: z.array(id).min(1).max(20),
  rows: z.int().min(1).max(500),
  repeats: z.int().min(1).max(100),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31),
  cache: z.enum(["cold", "warm"]),
});

const shareParameter = "shared";
/** A link that is longer was not made here. */
const mostCharacters = 4000;

export function sharedSettings({ environment, workload, settings }: CompareReport): SharedSettings {
  const { plans, rows, repeats, seed, cache } = settings;
  return {
    version: 1,
    experiment: "compare",
    model: environment.modelId,
    workload: workload.id,
    plans,
    rows,
    repeats,
    seed,
    cache,
  };
}

/** `#/reports/shared/…`; throws `invalid-request` where the settings cannot travel. */
export function shareFragment(settings: SharedSettings): string {
  checkSettings(settings);
  return `#/reports/${shareParameter}/${toBase64Url(JSON.stringify(settings))}`;
}

/** The settings in a fragment, null where it holds none. Throws `invalid-request` on a broken link. */
export function parseShareFragment(fragment: string): SharedSettings | null {
  const found = new RegExp(`^#/reports/${shareParameter}/(.*)$`).exec(fragment);
  if (found === null) return null;
  const [, encoded = ""] = found;
  if (encoded.length > mostCharacters) throw broken("it is too long");
  let json: unknown;
  try {
    json = JSON.parse(fromBase64Url(encoded));
  } catch {
    throw broken("it was cut or changed on its way");
  }
  return checkSettings(json);
}

function checkSettings(json: unknown): SharedSettings {
  const checked = schema.safeParse(json);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw broken(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
}

const broken = (why: string): InferscopeError =>
  new InferscopeError("invalid-request", `This share link cannot be used: ${why}.`, {
    hint: "Ask for the link again, or choose the settings by hand.",
  });

const toBase64Url = (text: string): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const fromBase64Url = (text: string): string =>
  new TextDecoder("utf-8", { fatal: true }).decode(
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0)),
  );
