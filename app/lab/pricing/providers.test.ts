import { describe, expect, it } from "vitest";

import { cacheableTokens, presetProblem, providerPresets } from "./providers.ts";

const ownPages =
  /^https:\/\/(developers\.openai|platform\.claude|ai\.google|api-docs\.deepseek)\.(com|dev)\//;

describe("provider presets", () => {
  it.each(providerPresets)("$name has a date, sources and possible figures", (preset) => {
    expect(preset.asOf).toMatch(/^20\d\d-\d\d(-\d\d)?$/);
    const own = ["guide", "inferscope"].includes(preset.id);
    expect(preset.sources.every((source) => own || ownPages.test(source))).toBe(true);
    expect(preset.sources.length).toBeGreaterThan(own ? 0 : 1);
    expect(presetProblem(preset)).toBeNull();
    expect(preset.cacheReadPerMillion).toBeLessThanOrEqual(preset.inputPerMillion);
  });

  it("from GPT-5.6 on OpenAI charges 1.25 times for a write and rounds to no 128 tokens", () => {
    for (const { name, inputPerMillion, cacheWritePerMillion, granularity } of providerPresets) {
      if (!/GPT-(5\.6|6)/.test(name)) continue;
      expect(cacheWritePerMillion).toBeCloseTo(1.25 * inputPerMillion, 9);
      expect(granularity).toBe(1);
    }
  });

  it.each([
    [1023, 0],
    [1024, 1024],
    [1151, 1024],
    [1152, 1152],
  ])("from 1,024 in steps of 128: %d shared tokens give %d", (shared, cached) => {
    expect(cacheableTokens(shared, { minTokens: 1024, granularity: 128, ttlSeconds: 600 })).toBe(cached);
  });

  it("says what is wrong with an edited one", () => {
    const [preset] = providerPresets;
    expect(presetProblem({ ...preset, granularity: 0 })).toContain("block");
    expect(presetProblem({ ...preset, minTokens: 1.5 })).toContain("minimum");
    expect(presetProblem({ ...preset, ttlSeconds: 0 })).toContain("time to live");
    expect(presetProblem({ ...preset, cacheReadPerMillion: -1 })).toContain("price");
  });
});
