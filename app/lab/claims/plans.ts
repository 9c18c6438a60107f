/** Claims 5 and 12: naive against structured, and against everything at once. */
import { deserializeError } from "../../../protocol/index.ts";
import { cost } from "../pricing/pricing.ts";
import { defaultSeed } from "../workloads/built-in/index.ts";
import { runPlan, type PlanRun } from "../run-plan.ts";
import { sampleMetrics, type Sample } from "../sample.ts";
import { userAnalysis } from "../workloads/built-in/user-analysis.ts";
import type { PromptPlan, Row } from "../workloads/workload.ts";
import { leastUnits, withoutInterval, type Estimate } from "../statistics/estimate.ts";
import { pairedMeans } from "../statistics/means.ts";
import { pairedMedians } from "../statistics/medians.ts";
import { median } from "../statistics/summary.ts";
import type { Pairs } from "../statistics/units.ts";
import { atLeast, type Claim } from "./claim.ts";
import { serve, underPolicy, type ClaimContext } from "./context.ts";
import { meanRatio, medianRatio, saved, turned, type Pair } from "./figures.ts";

/** One row through one plan. */
export interface RowCost {
  readonly tokens: number;
  readonly e2eMs: number;
  readonly costUsd: number;
  /** Null where answers are not judged. */
  readonly correct: boolean | null;
}

/** The same row through both plans, and through the control: the chain with the structured plan's short answers. */
export interface RowPair {
  readonly naive: RowCost;
  readonly other: RowCost;
  readonly control: RowCost;
}

export const oneStructuredCall: Claim<readonly RowPair[]> = {
  id: 5,
  title: "One structured call instead of three",
  claim:
    "One structured call instead of a chain of three: 67% fewer tokens, 67% lower latency, 60% lower cost.",
  method:
    "Held-out rows of the user analysis through the naive chain and the structured call, in turn (A B B A), each on an empty cache; beside them, as a control, the chain that writes the structured call’s short answers.",
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
      formula: "1 − median over rows of e2e(structured) / e2e(naive chain)",
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
    // Counts nowhere: the first row of a plan pays for pipelines of its batch sizes.
    for (const each of [naive, structured, plan(controlId)]) {
      for (const row of rows(context).slice(0, 1)) await coldRow(context, each, row);
    }
    const pairs: RowPair[] = [];
    for (const [index, row] of rows(context).entries()) {
      const first = index % 2 === 0 ? await coldRow(context, naive, row) : null;
      const other = await coldRow(context, structured, row);
      const control = await coldRow(context, plan(controlId), row);
      pairs.push({ naive: first ?? (await coldRow(context, naive, row)), other, control });
    }
    return pairs;
  },
  figures: (pairs, resolutionMs) => [
    saved(meanRatio(pairsOf(pairs, "tokens"))),
    saved(medianRatio(pairsOf(pairs, "e2eMs"), resolutionMs)),
    saved(meanRatio(pairsOf(pairs, "costUsd"))),
  ],
  notes: (pairs) => [
    pairs.some(({ other }) => other.correct === null)
      ? "Right answers: not judged, the weights are random."
      : `Right answers: ${numCorrect(pairs.map(({ other }) => other))} structured, ${numCorrect(pairs.map(({ naive }) => naive))} naive, of ${pairs.length} each.`,
    controlNote(pairs),
  ],
};

const controlId = "same-answers-chain";

/** What the number of calls alone does: one call against the chain that gives the same answers. */
function controlNote(pairs: readonly RowPair[]): string {
  const against = pairs.map(({ control, other }) => ({ naive: control, other, control }));
  const show = (estimate: Estimate): string => {
    const percent = (value: number): string => `${(100 * value).toFixed(0)}%`;
    const { value, interval } = saved(estimate);
    if (!Number.isFinite(value)) return "not known";
    return interval === null
      ? percent(value)
      : `${percent(value)} [${percent(interval[0])}, ${percent(interval[1])}]`;
  };
  return `Control, the chain with the same short answers: one call saves ${show(meanRatio(pairsOf(against, "tokens")))} of its tokens and ${show(medianRatio(pairsOf(against, "e2eMs")))} of its time. What lies between that and the figures above are the shorter answers, not the calls.`;
}

const pairsOf = (pairs: readonly RowPair[], key: "tokens" | "e2eMs" | "costUsd"): readonly Pair[] =>
  pairs.map(({ naive, other }) => ({ from: naive[key], to: other[key] }));

const numCorrect = (costs: readonly RowCost[]): number => costs.filter(({ correct }) => correct).length;

function plan(id: string): PromptPlan {
  const found = userAnalysis.plans.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`user analysis lacks the plan "${id}"`);
  return found;
}

const rows = ({ repeats }: ClaimContext): readonly Row[] => userAnalysis.rows(repeats, defaultSeed);

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

/** So many rows a repeat, and others in the next: a repeat is what is resampled. */
const rowsPerRepeat = 4;

/** The rows of a repeat through both ways. */
export interface LeversSample {
  readonly wallMs: Pair;
  readonly controlWallMs: number;
  readonly rows: readonly RowPair[];
}

export const allLevers: Claim<readonly LeversSample[]> = {
  id: 12,
  title: "All levers together",
  claim:
    "Naive against optimized, on one workload with all levers pulled: cost 10 times, latency 80% less, throughput 10 times.",
  method: `The naive chain, row after row, without prefix cache and batching, against the structured call, ${rowsPerRepeat} rows at once, under the policy in effect; in turn, each warmed up by a row that does not count, other rows in each repeat. Beside them, as a control, the chain with the structured call’s short answers, run as the naive one.`,
  timed: true,
  metrics: [
    {
      id: "cost",
      label: "Cost, naive against optimized",
      unit: "×",
      formula:
        "mean cost(naive) / mean cost(optimized), over repeats; tokens as measured, prices from the price sheet",
      ...atLeast(10),
      basis: "measured",
    },
    {
      id: "latency",
      label: "Less time per row",
      unit: "%",
      formula: "1 − median over repeats of median e2e(optimized) / median e2e(naive)",
      ...atLeast(0.8),
      basis: "measured",
    },
    {
      id: "throughput",
      label: "Throughput, optimized against naive",
      unit: "×",
      formula: "median over repeats of wall time(naive) / wall time(optimized)",
      ...atLeast(10),
      basis: "measured",
    },
  ],
  measure: async (context) => {
    const numRepeats = Math.max(leastUnits, Math.ceil((2 / 3) * context.repeats));
    const drawn = userAnalysis.rows(numRepeats * rowsPerRepeat, defaultSeed);
    const samples: LeversSample[] = [];
    for (let repeat = 0; repeat < numRepeats; repeat++) {
      const own = drawn.slice(repeat * rowsPerRepeat, (repeat + 1) * rowsPerRepeat);
      const first = repeat % 2 === 0 ? await oneByOne(context, plan("naive-chain"), own) : null;
      const optimized = await allAtOnce(context, plan("structured"), own);
      const control = await oneByOne(context, plan(controlId), own);
      const naive = first ?? (await oneByOne(context, plan("naive-chain"), own));
      samples.push({
        wallMs: { from: span(naive), to: span(optimized) },
        controlWallMs: span(control),
        rows: naive.map(({ cost }, index) => ({
          naive: cost,
          other: optimized[index]?.cost ?? cost,
          control: control[index]?.cost ?? cost,
        })),
      });
    }
    return samples;
  },
  figures: (samples, resolutionMs) => [
    known(pairedMeans(unitsOf(samples, "costUsd")).ratio),
    saved(known(pairedMedians(unitsOf(samples, "e2eMs").map(turnedUnit), resolutionMs).ratio)),
    medianRatio(
      samples.map(({ wallMs }) => turned(wallMs)),
      resolutionMs,
    ),
  ],
  notes: (samples) => [
    `${samples.length} repeats of ${rowsPerRepeat} rows, medians: ${median(samples.map(({ wallMs }) => wallMs.from)).toFixed(0)} ms naive, ${median(samples.map(({ wallMs }) => wallMs.to)).toFixed(0)} ms optimized, ${median(samples.map(({ controlWallMs }) => controlWallMs)).toFixed(0)} ms for the chain with the same short answers, run as the naive one.`,
  ],
};

/** From optimized to naive, a repeat each, its rows inside. */
const unitsOf = (samples: readonly LeversSample[], key: "e2eMs" | "costUsd"): Pairs =>
  samples.map((sample) => ({
    from: sample.rows.map(({ other }) => other[key]),
    to: sample.rows.map(({ naive }) => naive[key]),
  }));

const turnedUnit = ({ from, to }: Pairs[number]): Pairs[number] => ({ from: to, to: from });

const known = (ratio: Estimate | null): Estimate =>
  ratio ?? withoutInterval(Number.NaN, 0, { reason: "unbounded" });

async function oneByOne(context: ClaimContext, plan: PromptPlan, own: readonly Row[]) {
  return underPolicy(context, { prefixCache: false, batching: "none" }, async () => {
    for (const row of own.slice(0, 1)) await runRow(context, plan, row);
    const done = [];
    for (const row of own) done.push(await runRow(context, plan, row));
    return done;
  });
}

async function allAtOnce(context: ClaimContext, plan: PromptPlan, own: readonly Row[]) {
  for (const row of own.slice(0, 1)) await runRow(context, plan, row);
  await context.engine.clearCache();
  return Promise.all(own.map((row) => runRow(context, plan, row)));
}

const span = (runs: readonly { readonly startMs: number; readonly endMs: number }[]): number =>
  Math.max(...runs.map(({ endMs }) => endMs)) - Math.min(...runs.map(({ startMs }) => startMs));
