/** Runs plans over rows, interleaved and repeated, and keeps every sample. */
import { serializeError, type AbortSignalLike } from "../../../../protocol/index.ts";
import { runPlan, withPromptPieces, type CallEvent, type LabEngine, type PlanRun } from "../../run-plan.ts";
import type { Sample } from "../../sample.ts";
import type { PromptPlan, Row, Workload } from "../../workloads/workload.ts";

export type CompareEvent =
  | { readonly type: "sample"; readonly slot: Slot; readonly done: number; readonly total: number }
  | { readonly type: "call"; readonly slot: Slot; readonly event: CallEvent }
  | { readonly type: "sample-done"; readonly sample: Sample; readonly done: number; readonly total: number };

/** One measurement to be made. */
export interface Slot {
  readonly plan: PromptPlan;
  readonly row: number;
  readonly repeat: number;
}

export interface CompareSettings {
  readonly plans: readonly PromptPlan[];
  readonly rows: number;
  readonly repeats: number;
  readonly seed: number;
  /** `cold`: the prefix cache is emptied before every sample, so a plan only finds its own prompts in it. */
  readonly cache: "cold" | "warm";
}

export interface CompareHooks {
  readonly signal?: AbortSignalLike;
  readonly onEvent?: (event: CompareEvent) => void;
}

export interface CompareRun {
  readonly samples: readonly Sample[];
  readonly rows: readonly Row[];
  /** The run was cancelled; the samples are those that were done. */
  readonly aborted: boolean;
}

/** A B, B A, A B, …: what drifts with time (heat, clocks) hits every plan alike. */
export function schedule({ plans, rows, repeats }: CompareSettings): readonly Slot[] {
  const slots: Slot[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (let row = 0; row < rows; row++) {
      const turn = (repeat * rows + row) % 2 === 0 ? plans : plans.toReversed();
      slots.push(...turn.map((plan) => ({ plan, row, repeat })));
    }
  }
  return slots;
}

export async function runCompare(
  engine: LabEngine,
  workload: Workload,
  settings: CompareSettings,
  hooks: CompareHooks = {},
): Promise<CompareRun> {
  const { signal, onEvent } = hooks;
  const rows = workload.rows(settings.rows, settings.seed);
  const slots = schedule({ ...settings, rows: rows.length });
  const samples: Sample[] = [];
  const aborted = (): boolean => signal?.aborted === true;
  if (!aborted()) await warmUp(engine, settings.plans, workload, settings.seed);

  for (const [order, slot] of slots.entries()) {
    const row = rows[slot.row];
    if (aborted() || row === undefined) break;
    if (settings.cache === "cold") await engine.clearCache?.();
    onEvent?.({ type: "sample", slot, done: order, total: slots.length });
    const run = await runPlan(engine, slot.plan, row, {
      // Repeats of a call with a temperature are different draws.
      seed: slot.repeat,
      ...(signal === undefined ? {} : { signal }),
      onEvent: (event) => onEvent?.({ type: "call", slot, event }),
    });
    if (aborted()) break;
    const judged = await judge(workload, slot, row, run);
    const sample: Sample = {
      planId: slot.plan.id,
      row: slot.row,
      rowLabel: row.label,
      repeat: slot.repeat,
      order,
      ...(run.startedMs === null ? {} : { startedMs: run.startedMs }),
      calls: await withPromptPieces(engine, run.calls),
      ...judged,
    };
    samples.push(sample);
    onEvent?.({ type: "sample-done", sample, done: order + 1, total: slots.length });
  }
  return { samples, rows, aborted: samples.length < slots.length };
}

/** A row whose answers cannot be judged counts as failed: its figures would be those of no known quality. */
async function judge(
  workload: Workload,
  { plan }: Slot,
  row: Row,
  { error, answers }: PlanRun,
): Promise<Pick<Sample, "evaluation" | "error">> {
  if (error !== null) return { evaluation: null, error };
  try {
    return { evaluation: await workload.evaluate(plan.id, row, answers), error: null };
  } catch (cause) {
    return { evaluation: null, error: serializeError(cause) };
  }
}

/**
 * One short call that counts nowhere: the first request of a session pays for compiled
 * pipelines and first allocations. Its failure is not hidden, the first sample meets it again.
 */
async function warmUp(
  engine: LabEngine,
  plans: readonly PromptPlan[],
  workload: Workload,
  seed: number,
): Promise<void> {
  const [call] = plans[0]?.calls ?? [];
  const [row] = workload.rows(1, seed + 1);
  if (call === undefined || row === undefined) return;
  const content = Object.values(row.values).join(" ");
  try {
    const messages = [{ role: "user" as const, content }];
    await engine.generate({ messages, sampling: { temperature: 0, maxTokens: 4, ignoreEos: true } }).result;
  } catch {
    // Said above: whatever is wrong, the first sample reports it.
  }
}
