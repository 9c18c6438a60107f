/** Claims 5 and 12: naive against structured, and against everything at once. */
import { deserializeError } from "../../../protocol/index.ts";
import { cost } from "../pricing.ts";
import { defaultSeed } from "../options.ts";
import { runPlan, type PlanRun } from "../run-plan.ts";
import { sampleMetrics, type Sample } from "../sample.ts";
import { userAnalysis } from "../user-analysis.ts";
import type { PromptPlan, Row } from "../workload.ts";
import { mean, median } from "../statistics.ts";
import { atLeast, type Claim } from "./claim.ts";
import { serve, underPolicy, type ClaimContext } from "./context.ts";
import { figure, reduction, speedup, type Pair } from "./figures.ts";

/** One row through one plan. */
export interface RowCost {
  readonly tokens: number;
  readonly e2eMs: number;
  readonly costUsd: number;
  /** Null where answers are not judged. */
  readonly correct: boolean | null;
}

/** The same row through both plans. */
export interface RowPair {
  readonly naive: RowCost;
  readonly other: RowCost;
}

export const oneStructuredCall: Claim<readonly RowPair[]> = {
  id: 5,
  title: "One structured call instead of three",
  claim:
    "One structured call instead of a chain of three: 67% fewer tokens, 67% lower latency, 60% lower cost.",
  method:
    "Held-out rows of the user analysis through the naive chain and the structured call, in turn (A B B A), each on an empty cache.",
  timed: true,
  metrics: [
    {
      id: "tokens",
      label: "Fewer tokens",
      unit: "%",
      formula: "1 − mean(prompt + output tokens, structured) / mean(… , naive chain), per row",
      ...atLeast(0.67),
      basis: "measured",
    },
    {
      id: "latency",
      label: "Less time",
      unit: "%",
      formula: "1 − median e2e(structured) / median e2e(naive chain), per row",
      ...atLeast(0.67),
      basis: "measured",
    },
    {
      id: "cost",
      label: "Less cost",
      unit: "%",
      formula:
        "1 − mean cost(structured) / mean cost(naive chain); tokens as measured, prices from the price sheet",
      ...atLeast(0.6),
      basis: "measured",
    },
  ],
  measure: async (context) => {
    const [naive, structured] = [plan("naive-chain"), plan("structured")];
    const pairs: RowPair[] = [];
    for (const [index, row] of rows(context).entries()) {
      const first = index % 2 === 0 ? await coldRow(context, naive, row) : null;
      const other = await coldRow(context, structured, row);
      pairs.push({ naive: first ?? (await coldRow(context, naive, row)), other });
    }
    return pairs;
  },
  figures: (pairs) => [
    reduction(pairsOf(pairs, "tokens"), mean),
    reduction(pairsOf(pairs, "e2eMs"), median),
    reduction(pairsOf(pairs, "costUsd"), mean),
  ],
  notes: (pairs) => [
    pairs.some(({ other }) => other.correct === null)
      ? "Right answers: not judged, the weights are random."
      : `Right answers: ${numCorrect(pairs.map(({ other }) => other))} structured, ${numCorrect(pairs.map(({ naive }) => naive))} naive, of ${pairs.length} each.`,
  ],
};

const pairsOf = (pairs: readonly RowPair[], key: "tokens" | "e2eMs" | "costUsd"): readonly Pair[] =>
  pairs.map(({ naive, other }) => ({ from: naive[key], to: other[key] }));

const numCorrect = (costs: readonly RowCost[]): number => costs.filter(({ correct }) => correct).length;

function plan(id: string): PromptPlan {
  const found = userAnalysis.plans.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`user analysis lacks the plan "${id}"`);
  return found;
}

const rows = ({ repeats }: ClaimContext): readonly Row[] =>
  userAnalysis.rows(Math.max(2, repeats), defaultSeed);

async function coldRow(context: ClaimContext, plan: PromptPlan, row: Row): Promise<RowCost> {
  await context.engine.clearCache();
  return (await runRow(context, plan, row)).cost;
}

/** Start and end of the row, ms since the Unix epoch, and what it cost. */
async function runRow(context: ClaimContext, plan: PromptPlan, row: Row) {
  // Aborts, hidden tabs and failures are met where requests are served.
  const startMs = context.clock.now();
  const run = await runPlan(
    context.engine,
    plan,
    row,
    context.signal === undefined ? {} : { signal: context.signal },
  );
  if (run.error !== null) throw deserializeError(run.error);
  await serve(context, []);
  const cost = rowCost(run, plan.id, row, context);
  return { startMs, endMs: startMs + cost.e2eMs, cost };
}

function rowCost(
  { calls, answers }: PlanRun,
  planId: string,
  row: Row,
  { prices, judgesAnswers }: ClaimContext,
): RowCost {
  const evaluation = userAnalysis.evaluate(planId, row, answers);
  const sample: Sample = {
    planId,
    row: 0,
    rowLabel: row.label,
    repeat: 0,
    order: 0,
    calls,
    evaluation,
    error: null,
    hidden: false,
  };
  const metrics = sampleMetrics(sample);
  return {
    tokens: metrics.promptTokens + metrics.outputTokens,
    e2eMs: metrics.e2eMs,
    costUsd: cost(metrics, prices),
    correct: judgesAnswers ? evaluation.correct : null,
  };
}

/** All rows through both ways, one repeat. */
export interface LeversSample {
  readonly wallMs: Pair;
  readonly rows: readonly RowPair[];
}

export const allLevers: Claim<readonly LeversSample[]> = {
  id: 12,
  title: "All levers together",
  claim:
    "Naive against optimized, on one workload with all levers pulled: cost 10 times, latency 80% less, throughput 10 times.",
  method:
    "The naive chain, row after row, without prefix cache and batching, against the structured call, all rows at once, under the policy in effect.",
  timed: true,
  metrics: [
    {
      id: "cost",
      label: "Cost, naive against optimized",
      unit: "×",
      formula:
        "mean cost(naive) / mean cost(optimized), per row; tokens as measured, prices from the price sheet",
      ...atLeast(10),
      basis: "measured",
    },
    {
      id: "latency",
      label: "Less time per row",
      unit: "%",
      formula: "1 − median e2e(optimized) / median e2e(naive), per row",
      ...atLeast(0.8),
      basis: "measured",
    },
    {
      id: "throughput",
      label: "Throughput, optimized against naive",
      unit: "×",
      formula: "wall time(naive) / wall time(optimized), medians, all rows",
      ...atLeast(10),
      basis: "measured",
    },
  ],
  measure: async (context) => {
    const samples: LeversSample[] = [];
    for (let repeat = 0; repeat < Math.max(2, Math.ceil(context.repeats / 2)); repeat++) {
      const naive = await underPolicy(context, { prefixCache: false, batching: "none" }, async () => {
        const done = [];
        for (const row of rows(context)) done.push(await runRow(context, plan("naive-chain"), row));
        return done;
      });
      await context.engine.clearCache();
      const optimized = await Promise.all(
        rows(context).map((row) => runRow(context, plan("structured"), row)),
      );
      samples.push({
        wallMs: { from: span(naive), to: span(optimized) },
        rows: naive.map(({ cost }, index) => ({ naive: cost, other: optimized[index]?.cost ?? cost })),
      });
    }
    return samples;
  },
  figures: (samples) => {
    const all = samples.flatMap((sample) => sample.rows);
    const walls = samples.map(({ wallMs }) => wallMs);
    return [
      speedup(pairsOf(all, "costUsd"), mean),
      reduction(pairsOf(all, "e2eMs"), median),
      figure(walls, (drawn) => median(drawn.map(({ from }) => from)) / median(drawn.map(({ to }) => to))),
    ];
  },
  notes: (samples) => [
    `${samples[0]?.rows.length ?? 0} rows: ${median(samples.map(({ wallMs }) => wallMs.from)).toFixed(0)} ms naive, ${median(samples.map(({ wallMs }) => wallMs.to)).toFixed(0)} ms optimized.`,
  ],
};

const span = (runs: readonly { readonly startMs: number; readonly endMs: number }[]): number =>
  Math.max(...runs.map(({ endMs }) => endMs)) - Math.min(...runs.map(({ startMs }) => startMs));
