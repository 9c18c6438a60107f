import type { FailedSample, SampledToken } from "../model-runner.ts";

/** The token of a sequence that drew one; throws what kept it from drawing. */
export function drawn(sample: SampledToken | FailedSample | null | undefined): SampledToken {
  if (sample == null) throw new Error("no token was asked for");
  if ("error" in sample) throw sample.error;
  return sample;
}
