/** An experiment under a policy of its own. */
import type { EnginePolicy } from "../../protocol/index.ts";
import type { ServingEngine } from "./serving-engine.ts";

/** Runs `work` under a changed policy, which the engine checks, and puts the one before back, whatever happens. */
export async function withPolicy<Value>(
  serving: Pick<ServingEngine, "configure">,
  change: Partial<EnginePolicy>,
  work: (policy: EnginePolicy) => Promise<Value>,
): Promise<Value> {
  const before = await serving.configure({});
  try {
    return await work(await serving.configure(change));
  } finally {
    await serving.configure(before);
  }
}
