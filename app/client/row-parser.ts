/** Reads rows in the lab's worker, within a time: a file of one's own may be made to be slow. */
import { InferscopeError } from "../../protocol/index.ts";
import type { LabCalls } from "../lab/lab-calls.ts";
import { LabWorker } from "./lab-worker.ts";

/** Five megabytes of broken lines take a second or two. */
const limitMs = 20_000;

/** `parseRows`; also rejects where it takes too long. The worker ends with it. */
export async function parseInWorker(
  text: string,
  source: string,
  worker: LabWorker = new LabWorker(),
): Promise<LabCalls["parseRows"]["result"]> {
  try {
    return await worker.call("parseRows", { text, source }, { limit: { ms: limitMs, error: tooSlow } });
  } finally {
    worker.dispose();
  }
}

const tooSlow = (): InferscopeError =>
  new InferscopeError(
    "invalid-request",
    `These rows cannot be read: it took longer than ${limitMs / 1000} s and was stopped.`,
    { hint: "Use CSV with a head line, a JSON list of objects, or one JSON object a line." },
  );
