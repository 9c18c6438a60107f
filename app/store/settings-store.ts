/** What a person set: theme and sampling. Kept in local storage, validated when read. */
import { z } from "zod";
import { createStore, type StoreApi } from "zustand/vanilla";

import { guidePrices, type Prices } from "../lab/pricing.ts";
import { defaultSampling, type SamplingParams } from "../../protocol/index.ts";

export type Theme = "system" | "light" | "dark";

export interface Settings {
  readonly theme: Theme;
  readonly sampling: SamplingParams;
  /** What the comparison's costs are computed with. */
  readonly prices: Prices;
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
const within = ({ min, max }: { min: number; max: number }) => z.number().min(min).max(max);

const samplingSchema = z.object({
  temperature: within(samplingLimits.temperature),
  topK: within(samplingLimits.topK).int(),
  topP: within(samplingLimits.topP),
  maxTokens: within(samplingLimits.maxTokens).int(),
  seed: within(samplingLimits.seed).int(),
  stop: z.array(z.string().max(200)).max(8),
  ignoreEos: z.boolean(),
  n: within(samplingLimits.n).int(),
  logprobs: z.number().int().min(0).max(20),
});

export const defaultPrices: Prices = {
  inputPerMillion: guidePrices.inputPerMillion,
  cachedInputPerMillion: guidePrices.cachedInputPerMillion,
  outputPerMillion: guidePrices.outputPerMillion,
};
export const priceLimits = { min: 0, max: 1000, step: 0.01 } as const;

const pricesSchema = z.object({
  inputPerMillion: within(priceLimits),
  cachedInputPerMillion: within(priceLimits),
  outputPerMillion: within(priceLimits),
});

const settingsSchema = z.object({
  theme: z.enum(["system", "light", "dark"]).catch("system"),
  sampling: samplingSchema.catch({ ...defaultSampling, stop: [] }),
  prices: pricesSchema.catch(defaultPrices),
});

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

/** What cannot be read or is out of range becomes the default. */
function readSettings(storage: KeyValueStorage | null): Settings {
  try {
    return settingsSchema.parse(JSON.parse(storage?.getItem(storageKey) ?? "{}"));
  } catch {
    return settingsSchema.parse({});
  }
}
