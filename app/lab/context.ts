/** What an experiment needs from the page, and nothing of the page itself. */
import type { Inferscope, Message } from "../../protocol/index.ts";
import type { Environment } from "./environment.ts";
import type { EvaluateAnswers } from "./workloads/own/evaluate-answers.ts";
import type { LabEngine } from "./run-plan.ts";
import type { ServingEngine } from "./serving-engine.ts";

export interface LabContext {
  readonly engine: LabEngine;
  readonly serving: ServingEngine;
  /** Loads a model in place of the one there is: an experiment over several engines. */
  readonly load: Inferscope["load"];
  /** The prompt of a chat as the model reads it: ids, and the text of each. */
  readonly encodeChat: (
    messages: readonly Message[],
  ) => Promise<{ readonly tokenIds: readonly number[]; readonly pieces: readonly string[] }>;
  /** Judges rows of one's own apart from the page's thread. */
  readonly evaluateAnswers: EvaluateAnswers;
  readonly environment: () => Promise<Environment>;
}
