/** What the next comparison does, and the same in the page's address. */
import { defaultPlans } from "../lab/experiments/compare/defaults.ts";
import type { EngineState } from "./engine-store.ts";
import type { WorkloadInfo } from "./workload-info.ts";

export interface Choice {
  readonly workload: string;
  /** Ids of two different plans. */
  readonly from: string;
  readonly to: string;
  /** Ids of plans that run along. */
  readonly also: readonly string[];
  /** `all` of one's own. */
  readonly rows: (typeof allRows)[number];
  readonly repeats: (typeof allRepeats)[number];
}

/** More rows are drawn from, a run takes no more of them. */
export const mostRows = 500;

const allRows = ["1", "5", "20", "100", "all"] as const;
const allRepeats = ["1", "3"] as const;
const isId = (text: string): boolean => /^[\w.-]{1,90}$/.test(text);

/** Reads `?workload=user-analysis&from=naive-chain&to=parallel&rows=5&repeats=1`; what is malformed is left out. */
export function choiceFromSearch(search: string): Partial<Choice> {
  const query = new URLSearchParams(search);
  const id = (name: string) => {
    const value = query.get(name);
    return value !== null && isId(value) ? { [name]: value } : {};
  };
  const also = query.get("also")?.split(",") ?? [];
  const rows = allRows.find((value) => value === query.get("rows"));
  const repeats = allRepeats.find((value) => value === query.get("repeats"));
  return {
    ...id("workload"),
    ...id("from"),
    ...id("to"),
    ...(also.length > 0 && also.length <= 50 && also.every(isId) ? { also } : {}),
    ...(rows === undefined ? {} : { rows }),
    ...(repeats === undefined ? {} : { repeats }),
  };
}

export function searchOf({ also, ...choice }: Choice): string {
  const query = new URLSearchParams({ ...choice, ...(also.length === 0 ? {} : { also: also.join(",") }) });
  return `?${query.toString()}`;
}

/** Row counts to choose from: for one's own, those below their number, and all. */
export function rowChoices({ own }: WorkloadInfo): readonly Choice["rows"][] {
  if (own === null) return ["1", "5", "20", "100"];
  const numRows = own.table.rows.length;
  return [...(["1", "5", "20", "100"] as const).filter((rows) => Number(rows) < numRows), "all"];
}

/** Of one's own, more rows than there are are all of them. Else null: never more work than was asked for. */
function offeredRows(wished: Choice["rows"] | undefined, workload: WorkloadInfo): Choice["rows"] | null {
  if (wished === undefined) return null;
  if (rowChoices(workload).includes(wished)) return wished;
  return workload.own === null ? null : "all";
}

/** What was given is what is meant, unless it would take long. */
const ownRows = (numRows: number): Choice["rows"] => (numRows <= 100 ? "all" : "100");

/**
 * The choice over a workload; what it does not have, or was not chosen, has a default. Five rows
 * take a GPU seconds; one is what a CPU does while somebody waits.
 */
export function withDefaults(
  chosen: Partial<Choice>,
  workload: WorkloadInfo,
  { load, adapter, gpuProblem }: Pick<EngineState, "load" | "adapter" | "gpuProblem">,
): Choice {
  const onGpu = load.type === "ready" && adapter !== null && !adapter.isSoftware && gpuProblem === null;
  const ids = workload.plans.map((plan) => plan.id);
  const has = (plan: string | undefined): plan is string => plan !== undefined && ids.includes(plan);
  const wished = [chosen.from, defaultPlans[0], ids[0]].find(has) ?? "";
  const other = (plan: string | undefined): plan is string => has(plan) && plan !== wished;
  const defaultRows = workload.own === null ? (onGpu ? "5" : "1") : ownRows(workload.own.table.rows.length);
  return {
    workload: workload.id,
    from: wished,
    to: [chosen.to, defaultPlans[2], ...ids].find(other) ?? "",
    also: (chosen.also ?? []).filter((plan) => ids.includes(plan)),
    rows: offeredRows(chosen.rows, workload) ?? offeredRows(defaultRows, workload) ?? "1",
    repeats: chosen.repeats ?? "1",
  };
}
