import { describe, expect, it } from "vitest";

import { analyseLog } from "../logs/analyse-log.ts";
import { parseLog } from "../logs/parse-log.ts";
import { TokenMeter } from "../logs/token-meter.ts";
import { applyRule } from "../logs/traffic-rules.ts";
import { trafficFigures } from "./plan.ts";
import { providerPresets } from "./providers.ts";

const figures = (lines: readonly object[]) => {
  const { requests } = parseLog(lines.map((line) => JSON.stringify(line)).join("\n"));
  const analysis = analyseLog(requests, new TokenMeter((text) => text));
  return trafficFigures(analysis, applyRule(analysis, providerPresets[0]));
};

describe("figures of a log for the calculator", () => {
  it("scales requests to a day", () => {
    const prompt = "the same prompt";
    const hour = 3600;
    const lines = [0, 1, 2, 3].map((n) => ({ prompt, created: 1_764_000_000 + n * 2 * hour }));
    expect(figures(lines)).toEqual({ requestsPerDay: 12, prefixTokens: prompt.length + 8, hitRate: 0.75 });
  });

  it("asks for no rate where there are no times, and for no prefix where nothing hits", () => {
    expect(figures([{ prompt: "a" }])).toEqual({ requestsPerDay: null, prefixTokens: 0, hitRate: 0 });
  });
});
