/** The batch experiment as text. */
import { environmentText } from "../environment-text.ts";
import { markdownTable } from "../markdown-table.ts";
import type { BatchMode, BatchReport } from "./run-batch.ts";
import { sweepRows } from "./sweep.ts";

const ms = (value: number | null | undefined): string => (value == null ? "–" : `${value.toFixed(1)} ms`);
const number = (value: number | null, digits = 1): string => (value === null ? "–" : value.toFixed(digits));

export function batchMarkdown(report: BatchReport): string {
  const { environment, load, modes, sweep, sweepPolicy } = report;
  const [first] = modes;
  return [
    "# The same arrivals, batched in three ways",
    `${environmentText(environment)}. ${load.numRequests} requests, ${load.arrivals}, ${load.lengths} lengths up to ${load.maxTokens} tokens, seed ${load.seed}; at most ${first?.policy.maxNumSeqs ?? 0} sequences at once, prefix cache ${first?.policy.prefixCache === true ? "on" : "off"}, emptied before each mode.`,
    markdownTable(
      [
        "Batching",
        "Wall time",
        "Output tok/s",
        "TTFT p50",
        "TTFT p95",
        "ITL p50",
        "E2E p50",
        "Sequences a step",
        "Steps",
        "Preemptions",
        "Finished",
        "Failed",
        "Interrupted",
      ],
      modes.map(modeRow),
    ),
    ...modes.flatMap(({ policy, errors }) =>
      errors.length === 0 ? [] : [`${policy.batching}: ${errors.length} failed: ${errors[0] ?? ""}`],
    ),
    ...(sweep.length === 0
      ? []
      : [
          "## Output rate by concurrency",
          `Every answer has exactly ${load.maxTokens} tokens; at most ${sweepPolicy.maxNumSeqs} sequences at once.`,
          markdownTable(
            [
              "At once",
              "Output tok/s",
              "Times the first",
              "ITL p50",
              "ITL p95",
              "TTFT p50",
              "Sequences a step",
              "Requests",
            ],
            sweepRows(sweep).map(({ concurrency, summary, steps, speedup }) => [
              String(concurrency),
              number(summary.outputTokensPerSecond),
              speedup === null ? "–" : `${speedup.toFixed(2)}×`,
              ms(summary.itlMs?.p50),
              ms(summary.itlMs?.p95),
              ms(summary.ttftMs?.p50),
              number(steps.meanSequences),
              String(summary.numFinished),
            ]),
          ),
        ]),
  ].join("\n\n");
}

function modeRow({ policy, summary, steps }: BatchMode): readonly string[] {
  return [
    policy.batching,
    ms(summary.wallMs),
    number(summary.outputTokensPerSecond),
    ms(summary.ttftMs?.p50),
    ms(summary.ttftMs?.p95),
    ms(summary.itlMs?.p50),
    ms(summary.e2eMs?.p50),
    number(steps.meanSequences),
    String(steps.numSteps),
    String(summary.numPreemptions),
    String(summary.numFinished),
    String(summary.numFailed),
    String(summary.numInterrupted),
  ];
}
