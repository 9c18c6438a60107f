/** Options of experiments come unchecked, from DevTools and command lines. These read one each. */
import { InferscopeError } from "../../protocol/index.ts";
import { loadProblem, type LoadSettings } from "./load/load.ts";

type Options = Readonly<Record<string, unknown>>;

/** Throws `invalid-request` on anything but a whole number from `least` to `most`. */
export function wholeOption(
  options: Options,
  name: string,
  fallback: number,
  [least, most]: readonly [number, number],
): number {
  const value = options[name] ?? fallback;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(name, value, `a whole number from ${least} to ${most}`);
}

/** Null where the option is null: no such limit. */
export function limitOption(options: Options, name: string, fallback: number | null): number | null {
  const value = name in options ? options[name] : fallback;
  if (value === null || (typeof value === "number" && value >= 1)) return value;
  throw invalid(name, value, "a number of at least 1, or null for no limit");
}

/** Of the policy that an experiment runs under; the engine checks it. */
export function policyOption(options: Options): Readonly<Record<string, unknown>> {
  const { policy = {} } = options;
  if (typeof policy === "object" && policy !== null) return policy as Readonly<Record<string, unknown>>;
  throw invalid("policy", policy, "an object such as {prefixCache: false}");
}

const sources = ["mixed", "user-analysis", "email-extraction", "prompt"] as const;
const arrivalKinds = ["burst", "poisson", "fixed"] as const;
const outputLengths = ["natural", "same", "mixed"] as const;

/** `{requests, source, prompt, arrivals, ratePerSecond, seed, maxTokens, lengths}`, all optional. */
export function loadOptions(options: Options, fallback: LoadSettings): LoadSettings {
  const choice = <Value extends string>(name: string, values: readonly Value[], standard: Value): Value => {
    const value = options[name] ?? standard;
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) throw invalid(name, value, `one of ${values.join(", ")}`);
    return found;
  };
  const number = (name: string, standard: number): number => {
    const value = options[name] ?? standard;
    if (typeof value !== "number") throw invalid(name, value, "a number");
    return value;
  };
  const { prompt = fallback.prompt } = options;
  if (typeof prompt !== "string") throw invalid("prompt", prompt, "a text");
  const load: LoadSettings = {
    source: choice("source", sources, fallback.source),
    arrivals: choice("arrivals", arrivalKinds, fallback.arrivals),
    lengths: choice("lengths", outputLengths, fallback.lengths),
    prompt,
    numRequests: number("requests", fallback.numRequests),
    ratePerSecond: number("ratePerSecond", fallback.ratePerSecond),
    seed: number("seed", fallback.seed),
    maxTokens: number("maxTokens", fallback.maxTokens),
  };
  const problem = loadProblem(load);
  if (problem !== null) throw new InferscopeError("invalid-request", `Nothing can be sent: ${problem}.`);
  return load;
}

function invalid(name: string, value: unknown, right: string): InferscopeError {
  const given = value === undefined ? "missing" : JSON.stringify(value);
  return new InferscopeError("invalid-request", `The option ${name} is ${given}.`, { hint: `Use ${right}.` });
}
