/** What is chosen between: the built-in workloads and one's own, without what it takes to run them. */
import { builtInWorkloads as workloads } from "../lab/workloads/built-in/index.ts";
import type { WorkloadDefinition } from "../lab/workloads/own/definition.ts";

export interface PlanInfo {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly numCalls: number;
  /** A call's answer is to be held to a JSON Schema. */
  readonly hasSchema: boolean;
}

export interface WorkloadInfo {
  readonly id: string;
  readonly title: string;
  readonly plans: readonly PlanInfo[];
  /** Null for the built-in ones, which draw as many rows as are wanted. */
  readonly own: WorkloadDefinition | null;
}

interface Plan extends Pick<PlanInfo, "id" | "title" | "description"> {
  readonly calls: readonly { readonly schema?: unknown; readonly responseFormat?: unknown }[];
}

const planInfo = (plan: Plan): PlanInfo => ({
  id: plan.id,
  title: plan.title,
  description: plan.description,
  numCalls: plan.calls.length,
  hasSchema: plan.calls.some((call) => (call.schema ?? call.responseFormat) !== undefined),
});

const builtIn: readonly WorkloadInfo[] = workloads.map(({ id, title, plans }) => ({
  id,
  title,
  plans: plans.map(planInfo),
  own: null,
}));

export const workloadInfos = (own: readonly WorkloadDefinition[]): readonly WorkloadInfo[] => [
  ...builtIn,
  ...own.map((definition) => ({
    id: definition.id,
    title: definition.title,
    plans: definition.plans.map(planInfo),
    own: definition,
  })),
];

/** The first one, user analysis, where there is none of that id. */
export function chosenInfo(infos: readonly WorkloadInfo[], id: string | undefined): WorkloadInfo {
  const [first] = infos;
  if (first === undefined) throw new Error("there is no workload");
  return infos.find((info) => info.id === id) ?? first;
}
