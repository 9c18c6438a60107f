/**
 * The self-check and the micro-benchmark: which variant of each kernel runs on this adapter.
 * CI sees one adapter only, so every variant is run against the plain one where it will be
 * used; one that differs or does not compile is excluded. What is fast is measured, never told
 * from the adapter's name.
 */
import type { KernelReport } from "../../protocol/index.ts";
import type { GpuContext } from "../gpu/device.ts";
import { type KernelResult, PreparedKernel } from "../kernels/run-kernel.ts";
import { type KernelVariants, plainVariants } from "./gpu-operations.ts";
import { attentionTrial, matmulTrial, normTrial, sampleTrial, type Trial } from "./gpu-variant-trials.ts";

export interface VariantChoice {
  readonly variants: KernelVariants;
  readonly reports: readonly KernelReport[];
}

export interface ChooseOptions {
  /** Checks and times also what the barrier probe would leave out; slow on software adapters. */
  readonly tryAll?: boolean;
}

/** Dispatches a submit. */
const repeats = 20;
const numRounds = 5;

export async function chooseVariants(
  context: GpuContext,
  { tryAll = false }: ChooseOptions = {},
): Promise<VariantChoice> {
  const norm = await compare(context, normTrial());
  // A workgroup barrier costs a software adapter 50 to 100 times more than the work between two
  // of them, and compiling such kernels takes it seconds. The norm, the smallest kernel that has
  // barriers, tells.
  const barriersPay = tryAll || norm.chosen === "wide";
  const others = async <Variant extends string>(trial: Trial<Variant>) =>
    barriersPay ? await compare(context, trial) : skip(trial, norm.reports);
  const matmul = await others(matmulTrial(context.hasF16));
  const attention = await others(attentionTrial());
  const sample = await others(sampleTrial());
  return {
    variants: {
      ...plainVariants,
      rmsNorm: norm.chosen,
      matmul: matmul.chosen,
      attention: attention.chosen,
      sample: sample.chosen,
    },
    reports: [norm, matmul, attention, sample].flatMap(({ reports }) => reports),
  };
}

interface Comparison<Variant> {
  readonly chosen: Variant;
  readonly reports: readonly KernelReport[];
}

interface Candidate<Variant> {
  readonly variant: Variant;
  readonly report: KernelReport;
  /** Of the run that is timed; null where the variant is out. */
  readonly timed: PreparedKernel | null;
}

async function compare<Variant extends string>(
  context: GpuContext,
  trial: Trial<Variant>,
): Promise<Comparison<Variant>> {
  const [plain] = trial.variants;
  const references: KernelResult[] = [];
  const candidates: Candidate<Variant>[] = [];
  try {
    for (const variant of trial.variants) {
      candidates.push(await check(context, trial, variant, references));
    }
    const times = await race(candidates, plain);
    const fastest = [...times].toSorted(([, a], [, b]) => a - b)[0]?.[0] ?? plain;
    return {
      chosen: fastest,
      reports: candidates.map(({ variant, report }) => ({
        ...report,
        status: variant === fastest ? "chosen" : report.status,
        microseconds: times.get(variant) ?? null,
      })),
    };
  } finally {
    for (const { timed } of candidates) timed?.destroy();
  }
}

/** Fills `references` with the plain variant's results. Rejects where that one fails: nothing runs then. */
async function check<Variant extends string>(
  context: GpuContext,
  trial: Trial<Variant>,
  variant: Variant,
  references: KernelResult[],
): Promise<Candidate<Variant>> {
  const isPlain = variant === trial.variants[0];
  const prepared: PreparedKernel[] = [];
  let maxError = 0;
  let problem: string | null = null;
  try {
    for (const [i, run] of trial.runs.entries()) {
      const kernel = await PreparedKernel.create(context, run.kernel(variant), run);
      prepared.push(kernel);
      const result = await kernel.run();
      if (isPlain) references.push(result);
      const reference = references[i];
      if (reference === undefined) throw new Error("the plain variant gave no result");
      maxError = Math.max(maxError, trial.error(reference, result));
    }
    if (!(maxError <= trial.tolerance(variant))) problem = "differs from the plain variant";
  } catch (error) {
    if (isPlain || !context.isAlive()) {
      for (const kernel of prepared) kernel.destroy();
      throw error;
    }
    problem = error instanceof Error ? error.message : String(error);
  }
  const [first = null, ...others] = prepared;
  for (const kernel of others) kernel.destroy();
  if (problem !== null) first?.destroy();
  return {
    variant,
    timed: problem === null ? first : null,
    report: {
      kernel: trial.kernel,
      variant,
      status: problem === null ? "passed" : "failed",
      maxError,
      microseconds: null,
      note: problem ?? trial.timedOn,
    },
  };
}

/**
 * Microseconds of one dispatch, the best of several rounds in which all take turns: what else the
 * machine does for a moment then slows all of them. Another winner than the plain variant has to
 * win over twice as many rounds. Once, a pause in the plain norm's three trials in a row made the
 * other one the winner on a software adapter, whose wide kernels then took 18 s to compile.
 */
async function race<Variant extends string>(
  candidates: readonly Candidate<Variant>[],
  plain: Variant,
): Promise<ReadonlyMap<Variant, number>> {
  const times = new Map<Variant, number>();
  const runRounds = async () => {
    for (let round = 0; round < numRounds; round += 1) {
      for (const { variant, timed } of candidates) {
        if (timed === null) continue;
        times.set(variant, Math.min(times.get(variant) ?? Infinity, await timed.time(repeats)));
      }
    }
  };
  if (candidates.every(({ timed }) => timed === null)) return times;
  await runRounds();
  const plainTime = times.get(plain) ?? Infinity;
  if ([...times.values()].some((time) => time < plainTime)) await runRounds();
  return times;
}

function skip<Variant extends string>(
  { kernel, variants }: Trial<Variant>,
  norm: readonly KernelReport[],
): Comparison<Variant> {
  const times = norm.map(({ variant, microseconds }) => `${variant} ${microseconds?.toFixed(0) ?? "?"} us`);
  return {
    chosen: variants[0],
    reports: variants.map((variant, index) => ({
      kernel,
      variant,
      status: index === 0 ? "chosen" : "unavailable",
      maxError: null,
      microseconds: null,
      note: index === 0 ? "no barriers" : `not tried: barriers are slow here (norm: ${times.join(", ")})`,
    })),
  };
}
