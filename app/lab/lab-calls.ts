/** What the lab's worker does off the page's thread: tokenizing long texts, analysing logs, reading rows, judging answers by patterns. */
import type { LogAnalysis } from "./logs/analyse-log.ts";
import type { LogProblem } from "./logs/parse-log.ts";
import type { RowTable } from "./workloads/own/definition.ts";
import type { AnsweredRow } from "./workloads/own/evaluate-answers.ts";
import type { EncodingId } from "./tokens/encodings.ts";
import type { Evaluation } from "./workloads/workload.ts";

export interface TokenizedText {
  readonly ids: readonly number[];
  /** Text of each token; `<E2 80>` for bytes that are no whole character. */
  readonly pieces: readonly string[];
}

export interface AnalysedLog {
  readonly analysis: LogAnalysis;
  readonly problems: readonly LogProblem[];
}

/** Argument and result of each call. */
export interface LabCalls {
  tokenize: {
    params: { readonly encoding: EncodingId; readonly texts: readonly string[] };
    result: readonly TokenizedText[];
  };
  /** Tokens are counted by the encoding. */
  analyseLog: {
    params: { readonly file: Blob; readonly encoding: EncodingId };
    result: AnalysedLog;
  };
  evaluate: { params: AnsweredRow; result: Evaluation };
  parseRows: { params: { readonly text: string; readonly source: string }; result: RowTable };
}

export type LabCallName = keyof LabCalls;

export type LabCommand = {
  [Name in LabCallName]: { readonly call: Name; readonly params: LabCalls[Name]["params"] };
}[LabCallName];

export interface LabProgress {
  readonly stage: "reading" | "comparing" | "counting";
  /** Requests; null before their number is known. */
  readonly done: number | null;
  readonly total: number | null;
}

export type LabEvent =
  /** The call's own work begins: the worker's script is there. */
  | { readonly type: "started" }
  | { readonly type: "progress"; readonly progress: LabProgress }
  | { readonly type: "result"; readonly result: unknown }
  | { readonly type: "failed"; readonly message: string; readonly hint?: string };
