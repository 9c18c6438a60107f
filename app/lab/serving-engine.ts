/** What experiments on serving want of the engine: many requests at once, policies, every step. */
import type { Inferscope, MemoryBandwidth } from "../../protocol/index.ts";

export interface ServingEngine extends Pick<
  Inferscope,
  "generate" | "configure" | "onStep" | "clearCache" | "status" | "encode"
> {
  /** Null without an adapter. Only right while nothing else runs. */
  measureBandwidth(): Promise<MemoryBandwidth | null>;
}
