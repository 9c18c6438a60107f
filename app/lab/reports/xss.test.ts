import Papa from "papaparse";
import { describe, expect, it } from "vitest";

import recorded from "../../../public/traces/compare-user-analysis.json" with { type: "json" };
import { compareFigures } from "../experiments/compare/figures.ts";
import type { CompareReport } from "../experiments/compare/report.ts";
import { parseShareFragment, shareFragment, sharedSettings } from "../experiments/compare/share.ts";
import { markdownSafe } from "../markdown-safe.ts";
import { xssPayloads } from "../testing/xss-payloads.ts";
import { readAs } from "../testing/experiments.ts";
import { figuresCsv, toCsv } from "./csv.ts";
import { reportMarkdown } from "./markdown.ts";

const report: CompareReport = await readAs("compare", recorded);
const savedMarkdown = (given: CompareReport) => reportMarkdown(given, compareFigures(given));
const savedCsv = (given: CompareReport) => figuresCsv(compareFigures(given));
const [sample] = report.samples;
if (sample === undefined) throw new Error("the recorded run is empty");
/** Wherever a report holds a name or a message. */
const foreign = (text: string) => ({
  ...report,
  workload: { ...report.workload, title: text },
  environment: { ...report.environment, adapter: text, modelId: text, server: text },
  priceSheet: { ...report.priceSheet, name: text, asOf: text },
  plans: report.plans.map((plan) => ({ ...plan, title: text })),
  causes: report.causes.map((cause) => ({
    ...cause,
    causes: cause.causes.map((part) => ({ ...part, label: text })),
  })),
  samples: [{ ...sample, rowLabel: text, calls: sample.calls.map((call) => ({ ...call, text })) }],
});

describe("a hundred hostile texts", () => {
  it("are a hundred different ones", () => expect(new Set(xssPayloads).size).toBe(100));

  it("are no formula in a spreadsheet, and come back as they were", () => {
    const { data } = Papa.parse<string[]>(toCsv([xssPayloads]).replace(/\r\n$/, ""));
    const [cells = []] = data;
    for (const [index, cell] of cells.entries()) {
      expect(cell).not.toMatch(/^\s*[=+\-@\t\r]/);
      expect(cell.replace(/^'(?=\s*[=+\-@\t\r])/, "")).toBe(xssPayloads[index]);
    }
    expect(cells).toHaveLength(100);
  });

  it.each(xssPayloads)("stay texts in files: %j", (payload) => {
    const hostile = foreign(payload);
    const markdown = savedMarkdown(hostile);
    // No tag, no link or image, no cell or line that was not there.
    expect(markdown).not.toMatch(/<[a-z/!?%]/i);
    expect(markdown).not.toContain("](");
    expect(markdown.split("\n")).toHaveLength(savedMarkdown(foreign("x")).split("\n").length);
    expect(markdown.split("|")).toHaveLength(savedMarkdown(foreign("x")).split("|").length);
    expect(markdownSafe(markdownSafe(payload))).toBe(markdownSafe(payload));
    const { data } = Papa.parse<string[]>(savedCsv(hostile));
    for (const cell of data.slice(1).flat()) {
      if (Number.isNaN(Number(cell))) expect(cell).not.toMatch(/^\s*[=+\-@\t\r]/);
    }
    // A link holds ids only, and what is none is refused.
    expect(() => shareFragment({ ...sharedSettings(report), workload: payload })).toThrow("cannot be used");
    expect(() => parseShareFragment(`#/reports/shared/${payload.replaceAll(/[\r\n]/g, " ")}`)).toThrow(
      "cannot be used",
    );
  });
});
