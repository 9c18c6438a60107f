/**
 * Experiments that still stand in their old places, as values: tables not yet made of figures. Each goes away with its move into a folder of its own.
 */
import { defaultRetry, type AbortSignalLike } from "../../../protocol/index.ts";
import { runBench } from "../bench/run-bench.ts";
import { benchMarkdown } from "../bench/markdown.ts";
import type { BenchReport } from "../bench/report.ts";
import { claimsSchema, completeClaims, migrateClaims } from "../claims/import.ts";
import { claimsMarkdown } from "../claims/markdown.ts";
import { claimsReportVersion, figureText, type ClaimsReport } from "../claims/report.ts";
import { defaultRepeats, runClaims } from "../claims/run-claims.ts";
import { verdictWords } from "../claims/verdict.ts";
import type { LabContext } from "../context.ts";
import { defineExperiment, type LiveRun, type ProgressEvent, type Report } from "../experiment.ts";
import type { Figures } from "../figures.ts";
import { rateLimitMarkdown } from "../limits/markdown.ts";
import type { RateLimitReport } from "../limits/report.ts";
import { runRateLimit } from "../limits/run-rate-limit.ts";
import { mostAttempts, mostConcurrency } from "../limits/settings.ts";
import { markdownSafe } from "../markdown-safe.ts";
import { loadOptions } from "../load/options.ts";
import { option, policyOption } from "../option.ts";
import { reportSchema } from "../report-schema.ts";
import { defaultExampleCounts } from "../tokens/levels.ts";
import { defaultAcceptedLoss } from "../tokens/recommend.ts";
import { defaultRows, parseSweetSpotOptions } from "../tokens/sweet-spot-options.ts";
import { sweetSpotMarkdown } from "../tokens/sweet-spot-markdown.ts";
import { runSweetSpot, type SweetSpotReport } from "../tokens/sweet-spot.ts";
import { defaultSeed } from "../workloads/built-in/index.ts";
import { z } from "../zod.ts";

interface OldEvent {
  readonly type: string;
  readonly done?: number;
  readonly total?: number;
}

type OldRun<Result> = (context: LabContext, options: Readonly<Record<string, unknown>>) => Promise<Result>;

const withEvents =
  <Result>(run: OldRun<Result>) =>
  (
    context: LabContext,
    options: Readonly<Record<string, unknown>>,
    emit: (event: OldEvent | ProgressEvent) => void,
    signal: AbortSignalLike,
  ): Promise<Result> =>
    run(context, {
      ...options,
      signal,
      onEvent: ({ done, total, ...event }: OldEvent) => {
        const known = { done: done ?? 0, total: total ?? 0, label: "done" };
        emit({ ...event, ...known });
        if (done !== undefined && total !== undefined) emit({ ...known, type: "progress" as const });
      },
    });

/** Their views still listen to events themselves. */
const live = (): LiveRun<OldEvent> => ({ take: () => undefined });

const whole = (min: number, max: number) => z.int().min(min).max(max);
const repeats = (min: number, max: number, standard: number) => whole(min, max).default(standard);

const rateLimitOptions = z.strictObject({
  requestsPerMinute: option(z.number().min(1).nullable().default(500), {
    title: "Requests a minute",
    help: "Limit of requests",
    flag: "rpm",
    none: "no limit",
  }),
  tokensPerMinute: option(z.number().min(1).nullable().default(200_000), {
    title: "Tokens a minute",
    help: "Limit of tokens: prompt tokens and the most output tokens",
    flag: "tpm",
    none: "no limit",
  }),
  windowSeconds: option(repeats(1, 60, 60), {
    title: "Enforced over",
    help: "Seconds in which the limits are enforced",
    unit: "s",
    flag: "window",
  }),
  concurrency: option(repeats(1, mostConcurrency, 8), {
    title: "In flight",
    help: "Requests in flight in the parallel arm",
  }),
  attempts: option(repeats(1, mostAttempts, defaultRetry.maxAttempts), {
    title: "Attempts",
    help: "Attempts of a request, the first included",
  }),
  retryBaseMs: option(repeats(0, 60_000, defaultRetry.baseMs), {
    title: "First wait",
    help: "Wait before the second attempt",
    unit: "ms",
  }),
  retryCapMs: option(repeats(0, 600_000, defaultRetry.capMs), {
    title: "Longest wait",
    help: "Wait between two attempts at most",
    unit: "ms",
  }),
  ...loadOptions({ numRequests: 100, maxTokens: 48 }),
  policy: policyOption(),
});

const sweetSpotOptions = z.strictObject({
  rows: option(repeats(1, 1000, defaultRows), {
    title: "Rows",
    help: "Held-out texts that every level answers",
  }),
  examples: option(
    z
      .array(z.int().min(0).max(4))
      .min(1)
      .default([...defaultExampleCounts]),
    {
      title: "Examples",
      help: "Numbers of examples, of 0 to 4",
    },
  ),
  seed: option(repeats(0, 2 ** 31, defaultSeed), { title: "Seed", help: "Which rows are drawn" }),
  acceptedLoss: option(z.number().min(0).max(0.99).default(defaultAcceptedLoss), {
    title: "Accepted loss",
    help: "Share of right answers that a compression may cost",
  }),
});

const claimsOptions = z.strictObject({
  ids: option(z.array(whole(1, 14)).min(1).optional(), {
    title: "Claims",
    help: "Claims to measure; all unless told",
  }),
  repeats: option(repeats(2, 100, defaultRepeats), {
    title: "Repeats",
    help: "Times that each arm of a timed claim is measured",
  }),
  policy: policyOption(),
  prices: option(z.looseObject({}).optional(), {
    title: "Prices",
    help: "Of tokens",
    flag: null,
    input: "other",
  }),
});

const benchOptions = z.strictObject({
  quick: option(z.boolean().default(false), {
    title: "Quick",
    help: "A smoke run: fewer batch sizes, one pass",
  }),
  passes: option(whole(1, 1000).optional(), {
    title: "Passes",
    help: "Times that everything is measured, every second one backwards (4)",
  }),
  decodeTokens: option(whole(4, 1000).optional(), {
    title: "Decode tokens",
    help: "Output tokens of each sequence in a decode run (32)",
  }),
  weights: option(z.enum(["trained", "random"]).default("trained"), {
    title: "Weights",
    help: "Said with every figure",
  }),
});

const plain = (title: string, text: string): Figures => ({
  ...{ title, settings: [], tables: [], notes: [] },
  findings: [text],
  areFindingsMarkdown: true,
});

export const rateLimit = defineExperiment({
  id: "rate-limit",
  title: "Do parallel requests pay within rate limits?",
  about: "The same requests one after another, and in parallel within rate limits.",
  options: rateLimitOptions,
  live,
  run: withEvents<RateLimitReport>((context, given) => runRateLimit(context, given)),
  report: { version: 1, schema: reportSchema("rate-limit", 1, {}) },
  figures: (report) => plain("Sequential against parallel", rateLimitMarkdown(markdownSafe(report))),
});

export const sweetSpot = defineExperiment({
  id: "sweet-spot",
  title: "How far can a prompt be compressed?",
  about: "Accuracy against prompt tokens over levels of compression.",
  options: sweetSpotOptions,
  live,
  run: withEvents<SweetSpotReport>(({ engine, environment }, given) => {
    const { signal, onEvent, ...rest } = given as { signal: AbortSignalLike; onEvent: () => void };
    return runSweetSpot(engine, environment, parseSweetSpotOptions(rest), { signal, onEvent });
  }),
  report: { version: 1, schema: reportSchema("sweet-spot", 1, {}) },
  figures: (report) => plain("Accuracy against prompt tokens", sweetSpotMarkdown(markdownSafe(report))),
});

export const claims = defineExperiment({
  id: "claims",
  title: "Which claims hold here?",
  about: "The guide's claims, each with a verdict.",
  options: claimsOptions,
  live,
  run: withEvents<ClaimsReport>(runClaims),
  report: {
    version: claimsReportVersion,
    schema: claimsSchema,
    migrate: migrateClaims,
    complete: completeClaims,
  },
  figures: (report) => ({
    ...plain(
      report.claims.length === 1 ? `Claim ${report.claims[0]?.id ?? ""}` : `${report.claims.length} claims`,
      claimsMarkdown(markdownSafe(report)),
    ),
    tables: [
      {
        id: "claims",
        title: "Claims",
        head: "#",
        columns: ["claim", "verdict", "measured", "n", "formula"].map((id) => ({ id, metric: null })),
        rows: report.claims.map(({ id, title, verdict, parts: [first], n, formula }) => ({
          id: String(id),
          title: String(id),
          cells: [
            title,
            verdictWords[verdict],
            first === undefined ? null : figureText(first),
            String(n),
            formula,
          ],
        })),
      },
    ],
  }),
});

/** It rejects when it is cancelled. */
export const bench = defineExperiment({
  id: "bench",
  title: "How fast is the engine?",
  about: "Batching and prefix-cache ratios, cost of a step, roofline.",
  options: benchOptions,
  live,
  run: withEvents<BenchReport & Report>(async ({ serving, environment }, given) => ({
    ...(await runBench(serving, environment, given)),
    aborted: false,
  })),
  report: {
    version: 1,
    schema: z.looseObject({ kind: z.literal("inferscope.bench"), version: z.literal(1) }),
  },
  figures: (report) => plain("Bench", benchMarkdown(markdownSafe(report))),
});
