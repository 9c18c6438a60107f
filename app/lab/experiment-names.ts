/** What `inferscope.run` knows, apart from how it is done: that loads with the first run. */
export const experimentNames = ["compare", "claims", "bench", "sweet-spot", "markdown"] as const;

export type ExperimentName = (typeof experimentNames)[number];

export type Experiment = (options?: Readonly<Record<string, unknown>>) => Promise<unknown>;
