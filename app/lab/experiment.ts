/**
 * An experiment as a value: options that say what a form and a command line show, a run, a report
 * with its schema, and the report's figures. Whoever runs it (a view, a script, the command line)
 * runs this.
 */
import { InferscopeError, type AbortSignalLike, type StepTrace } from "../../protocol/index.ts";
import type { LabContext } from "./context.ts";
import type { Environment } from "./environment.ts";
import type { Figures } from "./figures.ts";
import type { z } from "./zod.ts";

/** What all reports have. Versioned: `readReport` reads older ones. */
export interface Report {
  /** "inferscope." and the experiment's id. */
  readonly kind: `inferscope.${string}`;
  readonly version: number;
  readonly environment: Environment;
  /** Cancelled before the end: what is in it was measured, and it is no baseline. */
  readonly aborted: boolean;
}

/** How far a run is; `total` may grow. `label`: what is done now, "static batching". */
export interface ProgressEvent {
  readonly type: "progress";
  readonly done: number;
  readonly total: number;
  readonly label: string;
}

/**
 * What a view shows while a run goes on, filled outside React. Events come as they happen, steps as
 * the engine makes them; the page draws once a frame.
 */
export interface LiveRun<Event> {
  take(event: Event): void;
  step?(trace: StepTrace): void;
}

/** Of any events. */
type AnyLive = LiveRun<never>;
/** What a run tells beside its progress: what its live view takes in. */
export type EventOf<Live extends AnyLive> = Parameters<Live["take"]>[0];

export interface Experiment<
  Id extends string = string,
  Options extends z.ZodObject = z.ZodObject,
  Result extends Report = Report,
  Live extends AnyLive = LiveRun<{ readonly type: string }>,
> {
  readonly id: Id;
  /** "Continuous against static". */
  readonly title: string;
  /** One sentence: what it measures, for `--help` and empty states. */
  readonly about: string;
  /** A strict object, each entry in `option()`. */
  readonly options: Options;
  /**
   * Resolves with what was measured; a run that is cancelled resolves with what there is, `aborted`,
   * or rejects with `aborted` where that is nothing.
   */
  run(
    context: LabContext,
    options: z.output<Options>,
    emit: (event: EventOf<Live> | ProgressEvent) => void,
    signal: AbortSignalLike,
  ): Promise<Result>;
  readonly report: ReportFormat<Result>;
  figures(report: Result): Figures;
  /** For the view that watches the run; without one, its progress alone is shown. */
  live?(options: z.output<Options>): Live;
}

export interface ReportFormat<Result extends Report> {
  readonly version: Result["version"];
  /** Of the present version; fields that it does not know pass through. */
  readonly schema: z.ZodType;
  /** Computes anew what a file may not claim: verdicts. */
  complete?(report: Result): Result;
  /** From an older version's JSON to the present one's; null where it is none of this experiment. */
  readonly migrate?: (json: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>> | null;
}

/** For the types of options, report and events alone. */
export const defineExperiment = <
  const Id extends string,
  Options extends z.ZodObject,
  Result extends Report,
  Live extends AnyLive,
>(
  experiment: Experiment<Id, Options, Result, Live>,
): Experiment<Id, Options, Result, Live> => experiment;

/** A run that was cancelled before there was anything to report. */
export const cancelled = (): InferscopeError =>
  new InferscopeError("aborted", "The run was cancelled before anything was measured.");
