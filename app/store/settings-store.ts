/** What a person set: theme and sampling. Kept in local storage, validated when read. */
import { createStore, type StoreApi } from "zustand/vanilla";

import { guidePrices, type Prices } from "../lab/pricing/pricing.ts";
import {
  defaultModelHosts,
  defaultSampling,
  type ModelHosts,
  type SamplingParams,
} from "../../protocol/index.ts";
import { hostProblem } from "./host-problem.ts";

const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

export interface Settings {
  readonly theme: Theme;
  readonly sampling: SamplingParams;
  /** What the comparison's costs are computed with. */
  readonly prices: Prices;
  /** Where models and WebLLM's libraries are fetched. */
  readonly hosts: ModelHosts;
}

/** What of the DOM's `Storage` is needed. */
export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export const samplingLimits = {
  temperature: { min: 0, max: 2, step: 0.05 },
  topK: { min: 0, max: 1000, step: 1 },
  topP: { min: 0.05, max: 1, step: 0.05 },
  maxTokens: { min: 1, max: 4096, step: 1 },
  seed: { min: 0, max: 4294967295, step: 1 },
  n: { min: 1, max: 8, step: 1 },
} as const;

const storageKey = "inferscope.settings";

export const defaultPrices: Prices = {
  inputPerMillion: guidePrices.inputPerMillion,
  cachedInputPerMillion: guidePrices.cachedInputPerMillion,
  outputPerMillion: guidePrices.outputPerMillion,
};
export const priceLimits = { min: 0, max: 1000, step: 0.01 } as const;

export function createSettingsStore(storage: KeyValueStorage | null): StoreApi<Settings> {
  const store = createStore<Settings>(() => readSettings(storage));
  store.subscribe((settings) => {
    try {
      storage?.setItem(storageKey, JSON.stringify(settings));
    } catch {
      // Full or forbidden storage: the settings hold for this visit.
    }
  });
  return store;
}

/** Null where the browser forbids storage. */
export function pageStorage(): KeyValueStorage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** What cannot be read or is out of range becomes the default. */
function readSettings(storage: KeyValueStorage | null): Settings {
  const kept = read(storage);
  const theme = themes.find((candidate) => candidate === kept["theme"]) ?? "system";
  return {
    theme,
    sampling: readSampling(kept["sampling"]),
    prices: readPrices(kept["prices"]),
    hosts: readHosts(kept["hosts"]),
  };
}

type Json = Readonly<Record<string, unknown>>;

const asRecord = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};

function read(storage: KeyValueStorage | null): Json {
  try {
    return asRecord(JSON.parse(storage?.getItem(storageKey) ?? "{}"));
  } catch {
    return {};
  }
}

function readSampling(value: unknown): SamplingParams {
  const { ignoreEos, stop, ...numbers } = asRecord(value);
  const within = { ...samplingLimits, logprobs: { min: 0, max: 20, step: 1 } };
  const known = numbersWithin(numbers, within);
  if (known === null || typeof ignoreEos !== "boolean" || !isStop(stop))
    return { ...defaultSampling, stop: [] };
  return { ...known, ignoreEos, stop };
}

const isStop = (value: unknown): value is readonly string[] =>
  Array.isArray(value) &&
  value.length <= 8 &&
  value.every((text) => typeof text === "string" && text.length <= 200);

const readPrices = (value: unknown): Prices =>
  numbersWithin(asRecord(value), {
    inputPerMillion: priceLimits,
    cachedInputPerMillion: priceLimits,
    outputPerMillion: priceLimits,
  }) ?? defaultPrices;

/** Each alone: a good one stays beside a bad one. */
function readHosts(value: unknown): ModelHosts {
  const kept = asRecord(value);
  const host = (key: keyof ModelHosts): string => {
    const text = kept[key];
    return typeof text === "string" && text.endsWith("/") && hostProblem(text) === null
      ? text
      : defaultModelHosts[key];
  };
  return { models: host("models"), libraries: host("libraries") };
}

interface Range {
  readonly min: number;
  readonly max: number;
  /** Whole steps allow whole numbers only. */
  readonly step: number;
}

/** The numbers that have a range; null where one is missing or out of it. */
function numbersWithin<Key extends string>(
  values: Json,
  ranges: Readonly<Record<Key, Range>>,
): Readonly<Record<Key, number>> | null {
  const found: Partial<Record<Key, number>> = {};
  for (const key of Object.keys(ranges) as Key[]) {
    const value = values[key];
    const { min, max, step } = ranges[key];
    if (typeof value !== "number" || !(value >= min && value <= max)) return null;
    if (Number.isInteger(step) && !Number.isInteger(value)) return null;
    found[key] = value;
  }
  return found as Record<Key, number>;
}
