/**
 * The self-check and the micro-benchmark: which variant of each kernel runs on this adapter.
 * CI sees one adapter only, so every variant is run against the plain one where it will be
 * used; one that differs or does not compile is excluded. What is fast is measured, never told
 * from the adapter's name.
 */
import type { KernelReport } from "../../protocol/index.ts";
import type { GpuContext } from "../gpu/device.ts";
import { type KernelResult, runKernel } from "../kernels/run-kernel.ts";
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

const repeats = 20;

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

async function compare<Variant extends string>(
  context: GpuContext,
  trial: Trial<Variant>,
): Promise<Comparison<Variant>> {
  const [plain] = trial.variants;
  const references: KernelResult[] = [];
  const reports: { variant: Variant; report: KernelReport }[] = [];
  for (const variant of trial.variants) {
    let maxError = 0;
    let microseconds: number | null = null;
    let problem: string | null = null;
    try {
      for (const [i, run] of trial.runs.entries()) {
        const result = await runKernel(context, run.kernel(variant), {
          ...run,
          repeats: i === 0 ? repeats : 0,
        });
        if (variant === plain) references.push(result);
        const reference = references[i];
        if (reference === undefined) throw new Error("the plain variant gave no result");
        maxError = Math.max(maxError, trial.error(reference, result));
        microseconds ??= result.microseconds;
      }
      if (!(maxError <= trial.tolerance(variant))) problem = "differs from the plain variant";
    } catch (error) {
      if (!context.isAlive()) throw error;
      problem = error instanceof Error ? error.message : String(error);
    }
    const report: KernelReport = {
      kernel: trial.kernel,
      variant,
      status: problem === null ? "passed" : "failed",
      maxError,
      microseconds,
      note: problem ?? trial.timedOn,
    };
    reports.push({ variant, report });
  }
  const time = ({ report }: { report: KernelReport }) => report.microseconds ?? Infinity;
  const usable = reports.filter(({ report }) => report.status === "passed");
  const best = usable.reduce<(typeof usable)[number] | null>(
    (fastest, each) => (fastest === null || time(each) < time(fastest) ? each : fastest),
    null,
  );
  return {
    chosen: best?.variant ?? plain,
    reports: reports.map(({ report }) =>
      report === best?.report ? { ...report, status: "chosen" } : report,
    ),
  };
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
