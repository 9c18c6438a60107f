/** A bench report as text. */
import { markdownTable } from "../markdown-table.ts";
import type { Spread } from "../statistics/bootstrap.ts";
import type { BenchReport, Ratio } from "./report.ts";

/** Of reports that this page made itself; nothing is checked but their kind. */
export function isBenchReport(value: unknown): value is BenchReport {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "inferscope.bench";
}

export function benchMarkdown(report: BenchReport): string {
  return [
    `# Bench: ${modelTitle(report)}`,
    markdownTable(["Where", ""], environmentRows(report)),
    markdownTable(["Figure", "Median", "p25 to p75", "n", "Ratio, paired", "from to"], figureRows(report)),
    markdownTable(["A decode step of one sequence", ""], stepRows(report)),
    notes(report),
  ].join("\n\n");
}

function modelTitle({ model }: BenchReport): string {
  const weights = model.weights === "random" ? ", random weights: only times mean anything" : "";
  const size = model.numParams === null ? "" : `, ${(model.numParams / 1e6).toFixed(1)}M parameters`;
  return `${model.id} (${model.quantization}${size}${weights})`;
}

function environmentRows({ environment, model }: BenchReport): string[][] {
  const software = environment.isSoftwareAdapter === true ? " (software adapter, a CPU)" : "";
  return [
    ["Adapter", `${environment.adapter ?? "none"}${software}`],
    ["Runner", environment.runner ?? "unknown"],
    ["Features", environment.features.join(", ") || "none"],
    [
      "Clock",
      `${environment.clockResolution ?? "unknown"} ms, ${environment.isolation ? "isolated" : "not isolated"}`,
    ],
    ["App", environment.appVersion],
    ["Model", model.id],
    ["Weights hash", model.weightsHash ?? "unknown"],
    ["Date", environment.date],
  ];
}

function figureRows(report: BenchReport): string[][] {
  const { settings, spread, ratios } = report;
  const row = (title: string, key: string, unit: string, ratio: Ratio | null): string[] => {
    const values = spread[key];
    const figures = values === undefined ? ["–", "–", "0"] : spreadCells(values, unit);
    return [title, ...figures, ...(ratio === null ? ["", ""] : ratioCells(ratio))];
  };
  return [
    ...settings.batchSizes.map((size) =>
      row(
        `Decode, batch ${size}`,
        `decodeTokensPerSecond ${size}`,
        "tok/s",
        ratios.decodeByBatchSize[size] ?? null,
      ),
    ),
    row(
      `Prefill, ${settings.prefixTokens} tokens`,
      `prefillTokensPerSecond ${settings.prefixTokens}`,
      "tok/s",
      null,
    ),
    row(`TTFT, ${settings.prefixTokens}-token prefix cached`, "ttftMs cached", "ms", null),
    row(`TTFT, not cached`, "ttftMs cold", "ms", ratios.ttft),
    row(`Mixed lengths, static batches`, "batching static", "tok/s", null),
    row(`Mixed lengths, continuous`, "batching continuous", "tok/s", ratios.batching),
    ...settings.batchSizes.map((size) =>
      row(`JavaScript a step, batch ${size}`, `jsMsPerStep ${size}`, "ms", null),
    ),
  ];
}

const spreadCells = ({ median, p25, p75, n }: Spread, unit: string): string[] => [
  `${figure(median)} ${unit}`,
  `${figure(p25)} to ${figure(p75)}`,
  String(n),
];

const ratioCells = ({ median, min, max, from }: Ratio): string[] => [
  `${median.toFixed(2)}× ${from}`,
  `${min.toFixed(2)} to ${max.toFixed(2)}`,
];

function stepRows(report: BenchReport): string[][] {
  const { bandwidth, bandwidthGBps, bytesPerStep, rooflineFraction } = report;
  return [
    ["Dispatches", figure(report.dispatchesPerStep)],
    ["JavaScript: schedule + encode", `${figure(report.jsMsPerStep)} ms`],
    ["Between steps: text, event, event loop", `${figure(report.betweenStepsMs)} ms`],
    ["Bytes: weights + KV of the context", bytesPerStep === null ? "unknown" : bytesPerStep.toFixed(0)],
    [
      "Bandwidth, read",
      bandwidth === null || bandwidthGBps === null
        ? "not measured"
        : `${figure(bandwidthGBps)} GB/s (sweeps of ${(bandwidth.bytes / 2 ** 20).toFixed(0)} MiB)`,
    ],
    [
      "Fraction of the roofline",
      rooflineFraction === null ? "not measured" : `${(rooflineFraction * 100).toPrecision(2)}%`,
    ],
  ];
}

function notes({ settings, numInterrupted }: BenchReport): string {
  const leftOut = numInterrupted === 0 ? "" : `${numInterrupted} interrupted samples are left out. `;
  return (
    leftOut +
    `${settings.passes} passes over all arms, every second one backwards; medians of passes, ratios paired ` +
    `within a pass with their least and largest. Decode: ${settings.decodeTokens} tokens a sequence, over the steps ` +
    `in which all of them decode. Mixed lengths: ${settings.mixedRequests} requests, ${settings.mixedConcurrency} at ` +
    `a time, ${settings.decodeTokens / 8} to ${settings.decodeTokens * 2} tokens, log-uniform. Bandwidth: a read-only ` +
    "vec4<u32> sweep over hashed words, the slope between submits of one and nine sweeps, best of three. Roofline: " +
    "bytes / (time per token of one sequence × bandwidth)."
  );
}

function figure(value: number): string {
  return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
