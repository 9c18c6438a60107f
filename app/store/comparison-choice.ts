/** What the next comparison does, and the same in the page's address. */
import { z } from "zod";

import { userAnalysis } from "../lab/user-analysis.ts";
import type { EngineState } from "./engine-store.ts";

export interface Choice {
  /** Ids of two different plans. */
  readonly from: string;
  readonly to: string;
  readonly rows: "1" | "5" | "20";
  readonly repeats: "1" | "3";
}

const plan = z.enum(userAnalysis.plans.map(({ id }) => id) as [string, ...string[]]);
const fields = {
  from: plan,
  to: plan,
  rows: z.enum(["1", "5", "20"]),
  repeats: z.enum(["1", "3"]),
};

/** Reads `?from=naive-chain&to=parallel&rows=5&repeats=1`; what is not known is left out. */
export function choiceFromSearch(search: string): Partial<Choice> {
  const query = new URLSearchParams(search);
  const known = Object.entries(fields).flatMap(([name, schema]) => {
    const parsed = schema.safeParse(query.get(name));
    return parsed.success ? [[name, parsed.data] as const] : [];
  });
  const choice: Partial<Choice> = Object.fromEntries(known);
  return choice.from !== undefined && choice.from === choice.to ? {} : choice;
}

export function searchOf(choice: Choice): string {
  return `?${new URLSearchParams({ ...choice }).toString()}`;
}

/** Five rows take a GPU seconds; one is what a CPU does while somebody waits. */
export function withDefaults(
  chosen: Partial<Choice>,
  { load, adapter, gpuProblem }: Pick<EngineState, "load" | "adapter" | "gpuProblem">,
): Choice {
  const onGpu = load.type === "ready" && adapter !== null && !adapter.isSoftware && gpuProblem === null;
  const { from = "naive-chain", to = from === "structured" ? "naive-chain" : "structured" } = chosen;
  return { from, to, rows: chosen.rows ?? (onGpu ? "5" : "1"), repeats: chosen.repeats ?? "1" };
}
