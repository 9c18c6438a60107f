import { describe, expect, it } from "vitest";

import {
  formatBytes,
  formatChange,
  formatCount,
  formatDuration,
  formatMs,
  formatNumber,
  formatSigned,
} from "./format.ts";

describe("format", () => {
  it.each([
    [0, "0"],
    [12.345, "12.3"],
    [0.04217, "0.0422"],
    [1234.5, "1,235"],
    [100, "100"],
    [5, "5"],
    [null, "–"],
    [Number.NaN, "–"],
  ])("number %s is %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it("says milliseconds, microseconds and seconds", () => {
    expect(formatMs(12.34)).toBe("12.3 ms");
    expect(formatMs(0.0851)).toBe("85.1 µs");
    expect(formatMs(12_340)).toBe("12.3 s");
    expect(formatMs(0)).toBe("0 ms");
  });

  it("counts bytes in decimal units", () => {
    expect(formatBytes(1_812_000)).toBe("1.81 MB");
    expect(formatBytes(999)).toBe("999 B");
    expect(formatBytes(999_600)).toBe("1 MB");
  });

  it("always signs a difference", () => {
    expect(formatSigned(-49, "%")).toBe("−49%");
    expect(formatSigned(9, "%")).toBe("+9%");
    expect(formatSigned(0)).toBe("±0");
    expect(formatChange(812, 412)).toBe("−49%");
    expect(formatChange(0, 3)).toBe("–");
  });

  it("shortens counts and durations", () => {
    expect(formatCount(2_100_000)).toBe("2.1 M");
    expect(formatCount(512)).toBe("512");
    expect(formatDuration(125)).toBe("2 min 5 s");
  });
});
