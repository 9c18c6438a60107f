/** Accuracy against tokens over the ladder of compression, from real answers of the loaded model. */
import { InferscopeError, type AbortSignalLike } from "../../../protocol/index.ts";
import { emailExtraction } from "../workloads/built-in/email-extraction.ts";
import { type Environment, judgesAnswers } from "../environment.ts";
import { runPlan, type LabEngine, type PlanRun } from "../run-plan.ts";
import { mean } from "../statistics/bootstrap.ts";
import type { Row } from "../workloads/workload.ts";
import { compressionLadder, type LadderStep } from "./levels.ts";
import { recommend, type JudgedLevel, type Level, type Recommendation } from "./recommend.ts";

export const sweetSpotVersion = 1;

export interface SweetSpotSettings {
  readonly examples: readonly number[];
  readonly rows: number;
  readonly seed: number;
  /** Share of the answers, 0.02 for two points. */
  readonly acceptedLoss: number;
  /** Requests in flight. Answers do not depend on it, times are not measured here. */
  readonly concurrency: number;
}

export interface SweetSpotEvent {
  readonly type: "answer";
  readonly levelId: string;
  readonly row: number;
  /** Null: no answer came. */
  readonly correct: boolean | null;
  readonly promptTokens: number | null;
  readonly done: number;
  readonly total: number;
}

/** A level as it goes into the report. */
export interface MeasuredLevel extends JudgedLevel {
  readonly wording: string;
  readonly wordingTitle: string;
  readonly numExamples: number;
  readonly outputTokens: number;
  /** By row; null where no answer came. */
  readonly outcomes: readonly (boolean | null)[];
  readonly answers: readonly (string | null)[];
}

export interface SweetSpotReport {
  readonly kind: "inferscope.sweet-spot";
  readonly version: typeof sweetSpotVersion;
  readonly environment: Environment;
  readonly workload: { readonly id: string; readonly version: number; readonly title: string };
  readonly settings: SweetSpotSettings;
  readonly aborted: boolean;
  readonly rows: readonly { readonly text: string; readonly expected: string }[];
  readonly levels: readonly MeasuredLevel[];
  /** Ids of levels. */
  readonly best: string;
  readonly recommended: string;
  readonly candidate: string | null;
  readonly reason: string;
}

export interface SweetSpotHooks {
  readonly signal?: AbortSignalLike;
  readonly onEvent?: (event: SweetSpotEvent) => void;
}

interface Answer {
  readonly correct: boolean | null;
  readonly text: string | null;
  readonly promptTokens: number | null;
  readonly outputTokens: number | null;
}

/** Row by row through all levels, so that a run which is cancelled has the same rows for each. */
export async function runSweetSpot(
  engine: LabEngine,
  environment: () => Promise<Environment>,
  settings: SweetSpotSettings,
  { signal, onEvent }: SweetSpotHooks = {},
): Promise<SweetSpotReport> {
  if (!judgesAnswers(await environment())) {
    throw new InferscopeError(
      "unsupported",
      "The loaded model has random weights: its answers are noise and have no accuracy.",
      { hint: "Load a model with trained weights." },
    );
  }
  const ladder = compressionLadder(settings.examples);
  const rows = emailExtraction.rows(settings.rows, settings.seed);
  const answers = new Map(ladder.map(({ plan }) => [plan.id, new Map<number, Answer>()]));
  const slots = rows.flatMap((row, index) => ladder.map((step) => ({ step, row, index })));
  let [next, done] = [0, 0];
  const failure: { first: InferscopeError | null } = { first: null };
  const work = async (): Promise<void> => {
    for (let slot = slots[next++]; slot !== undefined; slot = slots[next++]) {
      if (signal?.aborted === true) return;
      const { step, row, index } = slot;
      const run = await runPlan(engine, step.plan, row, signal === undefined ? {} : { signal });
      if (run.error?.kind === "aborted") return;
      if (run.error !== null) failure.first ??= new InferscopeError(run.error.kind, run.error.message);
      const answer = toAnswer(step, row, run);
      answers.get(step.plan.id)?.set(index, answer);
      done += 1;
      const { correct, promptTokens } = answer;
      onEvent?.({
        type: "answer",
        levelId: step.plan.id,
        row: index,
        correct,
        promptTokens,
        done,
        total: slots.length,
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(settings.concurrency, slots.length) }, work));
  const measured = ladder.map((step) => summarize(step, answers.get(step.plan.id) ?? new Map(), rows.length));
  const result = recommend(
    measured.map(({ level }) => level),
    settings.acceptedLoss,
  );
  if (result === null) throw nothingMeasured(failure.first);
  return toReport(settings, rows, measured, result, await environment(), done < slots.length);
}

function toAnswer({ plan }: LadderStep, row: Row, { calls, answers, error }: PlanRun): Answer {
  const [call] = calls;
  if (error !== null || call === undefined) {
    return { correct: null, text: null, promptTokens: null, outputTokens: null };
  }
  return {
    correct: emailExtraction.evaluate(plan.id, row, answers).correct,
    text: call.text.trim(),
    promptTokens: call.metrics.numPromptTokens,
    outputTokens: call.metrics.numOutputTokens,
  };
}

interface Measured {
  readonly step: LadderStep;
  readonly level: Level;
  readonly outputTokens: number;
  readonly answers: readonly (string | null)[];
}

function summarize(step: LadderStep, answers: ReadonlyMap<number, Answer>, numRows: number): Measured {
  const byRow = Array.from({ length: numRows }, (_, row) => answers.get(row) ?? null);
  const meanOf = (key: "promptTokens" | "outputTokens"): number => {
    const known = byRow.flatMap((answer) => answer?.[key] ?? []);
    return known.length === 0 ? 0 : mean(known);
  };
  const { numExamples, wordingTitle } = step;
  const title = `${wordingTitle}, ${numExamples} ${numExamples === 1 ? "example" : "examples"}`;
  const outcomes = byRow.map((answer) => answer?.correct ?? null);
  return {
    step,
    level: { id: step.plan.id, title, tokens: meanOf("promptTokens"), outcomes },
    outputTokens: meanOf("outputTokens"),
    answers: byRow.map((answer) => answer?.text ?? null),
  };
}

function toReport(
  settings: SweetSpotSettings,
  rows: readonly Row[],
  measured: readonly Measured[],
  { levels, best, recommended, candidate, reason }: Recommendation,
  environment: Environment,
  aborted: boolean,
): SweetSpotReport {
  const { id, version, title } = emailExtraction;
  return {
    kind: "inferscope.sweet-spot",
    version: sweetSpotVersion,
    environment,
    workload: { id, version, title },
    settings,
    aborted,
    rows: rows.map(({ values }) => ({
      text: String(values["text"]),
      expected: String(values["emails"]) || "none",
    })),
    levels: levels.flatMap((judged) => {
      const found = measured.find(({ level }) => level.id === judged.id);
      if (found === undefined) return [];
      const { step, level, outputTokens, answers } = found;
      const { wording, wordingTitle, numExamples } = step;
      return [
        { ...judged, wording, wordingTitle, numExamples, outputTokens, outcomes: level.outcomes, answers },
      ];
    }),
    best: best.id,
    recommended: recommended.id,
    candidate: candidate?.id ?? null,
    reason,
  };
}

function nothingMeasured(failure: InferscopeError | null): InferscopeError {
  if (failure === null)
    return new InferscopeError("aborted", "The run was cancelled before the first answer.");
  return new InferscopeError(failure.kind, `No row could be answered: ${failure.message}`);
}
