import { fill } from "../../lab/template.ts";
import { builtInWorkloads as workloads } from "../../lab/workloads/built-in/index.ts";
import type { PlaygroundMode } from "../../store/playground-store.ts";
import chat from "../../lab/workloads/built-in/chat.json" with { type: "json" };

export interface Example {
  readonly title: string;
  readonly mode: PlaygroundMode;
  readonly system: string;
  readonly user: string;
  /** Held to this JSON Schema. */
  readonly schema?: Readonly<Record<string, unknown>>;
}

/** Prompts the embedded model was made for, from the workloads it was trained on. Rows are held out. */
export function examples(seed: number): readonly Example[] {
  const tasks = [
    { workload: "user-analysis", plan: "structured", title: "Analyze a user record" },
    { workload: "user-analysis", plan: "json", title: "The same, as JSON" },
    { workload: "email-extraction", plan: null, title: "Extract email addresses" },
  ] as const;
  const fromWorkloads = tasks.flatMap(({ workload: id, plan: planId, title }): readonly Example[] => {
    const workload = workloads.find((candidate) => candidate.id === id);
    const plan = workload?.plans.find((candidate) => planId === null || candidate.id === planId);
    const call = plan?.calls[0];
    const row = workload?.rows(1, seed)[0];
    if (call === undefined || row === undefined) return [];
    const { responseFormat } = call;
    return [
      {
        title,
        mode: "chat",
        system: fill(call.system, row.values),
        user: fill(call.user, row.values),
        ...(responseFormat?.type === "json_schema" ? { schema: responseFormat.schema } : {}),
      },
    ];
  });
  const question = chat.chat[1]?.user[0];
  const greeting: readonly Example[] =
    question === undefined
      ? []
      : [{ title: question, mode: "chat", system: chat.system[0] ?? "", user: question }];
  return [
    ...fromWorkloads,
    ...greeting,
    { title: "Continue a text", mode: "raw", system: "", user: "The shop opens at 9 on Monday. Nora" },
  ];
}
