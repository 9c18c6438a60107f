/** What a comparison can be asked for. */
import { option } from "../../option.ts";
import { pricesOption } from "../../pricing/prices-option.ts";
import { defaultSeed } from "../../workloads/built-in/index.ts";
import { workloadOption } from "../../workloads/option.ts";
import type { PromptPlan, Workload } from "../../workloads/workload.ts";
import { chosenPlans } from "../../workloads/option.ts";
import { z } from "../../zod.ts";
import { defaultPlans } from "./defaults.ts";

/** Also of a duel, which runs one plan. */
export const rowOptions = () => ({
  workload: workloadOption(),
  rows: option(z.int().min(1).max(500).default(5), {
    title: "Rows",
    help: "Rows of the workload, held out from training; of one's own at most as many as there are",
  }),
  seed: option(
    z
      .int()
      .min(0)
      .max(2 ** 31)
      .default(defaultSeed),
    { title: "Seed", help: "Which rows are drawn" },
  ),
  cache: option(z.enum(["cold", "warm"]).default("cold"), {
    title: "Prefix cache",
    help: "cold: emptied before each row; warm: left as it is",
    labels: { cold: "emptied before each row", warm: "left as it is" },
  }),
  prices: pricesOption(),
});

export const compareOptions = z.strictObject({
  plans: option(z.array(z.string()).min(1).max(20).optional(), {
    title: "Plans",
    help: `Ids of plans: ${defaultPlans.join(", ")} unless told; FILE.json: the plans of an exported workload`,
  }),
  ...rowOptions(),
  repeats: option(z.int().min(1).max(100).default(1), {
    title: "Repeats",
    help: "Each row this often, interleaved",
  }),
});

/** Of a workload that lacks the default plans, the first two. */
export function plansOf(workload: Workload, ids: readonly string[] | undefined): readonly PromptPlan[] {
  if (ids !== undefined) return chosenPlans(workload, ids);
  const standard = workload.plans.filter(({ id }) => defaultPlans.some((plan) => plan === id));
  return standard.length > 0 ? standard : workload.plans.slice(0, 2);
}
