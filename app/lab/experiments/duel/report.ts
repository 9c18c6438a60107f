/** What a duel adds to a comparison's report: its two engines stand where else the plans stand. */
import type { BackendName, RunnerName, SerializedError } from "../../../../protocol/index.ts";
import type { Environment } from "../../environment.ts";
import type { CompareReport } from "../compare/report.ts";

/** One side: an engine, and what it loads. */
export interface DuelEngine {
  /** The same in two reports of the same pair: "paged-gpu", "paged-cpu", "web-llm". */
  readonly id: EngineId;
  readonly title: string;
  readonly backend: BackendName;
  readonly runner: RunnerName;
  /** Id or address, as asked for. */
  readonly model: string;
}

export type EngineId = "paged-gpu" | "paged-cpu" | "web-llm";

export const defaultModel = "scope-2m-q4f16_1";

export const engineTitles: Readonly<Record<EngineId, string>> = {
  "paged-gpu": "Inferscope GPU",
  "paged-cpu": "Inferscope CPU (reference)",
  "web-llm": "WebLLM",
};

export interface DuelSide extends DuelEngine {
  /** Of each load: the two take turns in memory. */
  readonly loadMs: readonly number[];
  /** As loaded; null where nothing loaded. */
  readonly environment: Environment | null;
  /** Why it has no, or not all of its, samples. */
  readonly error: SerializedError | null;
}

/** `same`: equal hashes. `named-alike`: same id and quantization, and one side tells no hash. */
export interface WeightsCheck {
  readonly verdict: "same" | "named-alike" | "different" | "unknown";
  readonly text: string;
}

/** One row's answers, side by side, up to the first difference. */
export interface AnswerCheck {
  readonly row: number;
  readonly label: string;
  /** `text`: one of the engines tells no token ids. */
  readonly basis: "token ids" | "text";
  /** Null where the answers are equal. Later calls may hold other prompts and are not compared. */
  readonly firstDifference: {
    readonly callId: string;
    /** Output token, or character where the basis is the text; from 0. */
    readonly position: number;
    /** What each side has there; empty at its end. */
    readonly from: string;
    readonly to: string;
  } | null;
}

/** Of each row's samples; see `differences` of the report for the rest. */
export interface DuelFigure {
  readonly id: "itlMs" | "outputTokensPerSecond";
  readonly from: number;
  readonly to: number;
  readonly difference: number;
  /** 95%, bootstrap over rows in pairs. */
  readonly interval: readonly [low: number, high: number];
  readonly ratio: number | null;
  readonly ratioInterval: readonly [low: number, high: number] | null;
  readonly n: number;
}

export interface Duel {
  readonly plan: { readonly id: string; readonly title: string };
  readonly sides: readonly [DuelSide, DuelSide];
  /** Ids of the engines in the order in which they ran, one entry a load: A B B A is A, B, A. */
  readonly order: readonly EngineId[];
  readonly weights: WeightsCheck;
  readonly answers: readonly AnswerCheck[];
  readonly figures: readonly DuelFigure[];
}

export const duelVersion = 1;

/** A comparison's report whose plans are engines. */
export interface DuelReport extends Omit<CompareReport, "kind" | "version"> {
  readonly kind: "inferscope.duel";
  readonly version: typeof duelVersion;
  readonly duel: Duel;
}
