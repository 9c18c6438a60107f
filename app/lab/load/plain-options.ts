/** A load as options of an experiment, and back. */
import type { LoadSettings } from "./load.ts";

export type LoadValues = Omit<LoadSettings, "numRequests"> & { readonly requests: number };

export const toLoad = ({
  requests,
  source,
  prompt,
  arrivals,
  ratePerSecond,
  seed,
  maxTokens,
  lengths,
}: LoadValues): LoadSettings => ({
  ...{ source, prompt, arrivals, ratePerSecond, seed, maxTokens, lengths },
  numRequests: requests,
});

/** The same as options of an experiment. */
export const fromLoad = ({ numRequests, ...rest }: LoadSettings): LoadValues => ({
  ...rest,
  requests: numRequests,
});
