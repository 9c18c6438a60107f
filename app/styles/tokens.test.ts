import { describe, expect, it } from "vitest";

import css from "./tokens.css?raw";

/** The two blocks in file order. */
const [light, dark] = css
  .split(/(?<!-)color-scheme:/)
  .slice(1)
  .map((block) => new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1]!, m[2]!])));

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

describe.each([
  ["light", light!],
  ["dark", dark!],
])("%s theme", (name, theme) => {
  it.each(["bg", "panel", "panel-2"])("text reads on %s", (ground) => {
    for (const text of ["text", "dim", "faint", "accent", "good", "bad", "warn"]) {
      expect(contrast(theme.get(text)!, theme.get(ground)!), text).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("text reads on fills", () => {
    expect(contrast(theme.get("on-accent")!, theme.get("accent-fill")!)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(theme.get("cached-text")!, theme.get("cached-soft")!)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(theme.get("bad")!, theme.get("bad-soft")!)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(theme.get("warn")!, theme.get("warn-soft")!)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(theme.get("accent")!, theme.get("accent-soft")!)).toBeGreaterThanOrEqual(4.5);
  });

  it("phases stand out from the panel", () => {
    const phases = ["queue", "prefill", "decode", "cached", "preempted"];
    for (const phase of [...phases, "request-limit", "token-limit", "retry"]) {
      expect(contrast(theme.get(phase)!, theme.get("panel")!), phase).toBeGreaterThanOrEqual(3);
    }
  });

  it("heat cells read, and lightness runs one way", () => {
    const steps = Array.from({ length: 16 }, (_, step) => step);
    for (const step of steps) {
      expect(contrast(theme.get(`heat-${step}`)!, theme.get(`heat-text-${step}`)!)).toBeGreaterThanOrEqual(
        4.5,
      );
    }
    const lightness = steps.map((step) => luminance(theme.get(`heat-${step}`)!));
    const ordered = lightness.toSorted((a, b) => (name === "dark" ? a - b : b - a));
    expect(lightness).toEqual(ordered);
  });
});

it("the dark theme sets every colour that differs from the light one", () => {
  const colours = (theme: ReadonlyMap<string, string>) => [...theme.keys()].sort();
  expect(colours(dark!)).toEqual(colours(light!));
});
