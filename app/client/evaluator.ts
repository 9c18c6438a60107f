/** Judges answers in the lab's worker, within a time: a pattern of a person's own may backtrack without end. */
import { InferscopeError } from "../../protocol/index.ts";
import type { LabCalls } from "../lab/lab-calls.ts";
import { LabWorker } from "./lab-worker.ts";

/** Of one row. A pattern that is right takes microseconds; a busy machine may starve the worker for a while. */
const limitMs = 2000;

export function createEvaluator(worker = new LabWorker()) {
  return (row: LabCalls["evaluate"]["params"]): Promise<LabCalls["evaluate"]["result"]> =>
    worker.call("evaluate", row, { limit: { ms: limitMs, error: tooSlow } });
}

const tooSlow = (): InferscopeError =>
  new InferscopeError(
    "invalid-request",
    `The answer could not be judged: a pattern took longer than ${limitMs / 1000} s on it and was stopped.`,
    { hint: "Change the pattern in Plans: a repetition of a repetition, as in (a+)+$, can take for ever." },
  );
