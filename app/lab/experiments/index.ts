/**
 * The experiments, by id: one line each, loaded when one is first asked for. Options, reports and
 * events of `inferscope.run` are typed by this table.
 */
import type { Experiment } from "../experiment.ts";
import type { z } from "../zod.ts";

export const experiments = {
  compare: async () => (await import("./compare/index.ts")).experiment,
  duel: async () => (await import("./duel/index.ts")).experiment,
  timestamp: async () => (await import("./timestamp/index.ts")).experiment,
  cache: async () => (await import("./cache/index.ts")).experiment,
  batch: async () => (await import("./batch/index.ts")).experiment,
  sweep: async () => (await import("./sweep/index.ts")).experiment,
  "rate-limit": async () => (await import("./bridge.ts")).rateLimit,
  "sweet-spot": async () => (await import("./bridge.ts")).sweetSpot,
  claims: async () => (await import("./bridge.ts")).claims,
  bench: async () => (await import("./bridge.ts")).bench,
} as const;

export type ExperimentId = keyof typeof experiments;
type ExperimentOf<Id extends ExperimentId> = Awaited<ReturnType<(typeof experiments)[Id]>>;
/** As given: what has a default may be left out. */
export type OptionsOf<Id extends ExperimentId> = z.input<ExperimentOf<Id>["options"]>;
export type ReportOf<Id extends ExperimentId> = Awaited<ReturnType<ExperimentOf<Id>["run"]>>;
export type LiveOf<Id extends ExperimentId> = ReturnType<NonNullable<ExperimentOf<Id>["live"]>>;

export const experimentIds = Object.keys(experiments) as readonly ExperimentId[];

export const isExperimentId = (id: string): id is ExperimentId => Object.hasOwn(experiments, id);

/** Rejects where its code cannot be fetched; the next call asks again. */
export const loadExperiment = (id: ExperimentId): Promise<Experiment> => experiments[id]();
