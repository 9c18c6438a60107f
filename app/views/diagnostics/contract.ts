/** What the contract runs on, and what came of it; pure. */
import type { ContractRun } from "../../../protocol/index.ts";

export type SubjectKind = "loaded" | "embedded" | "web-llm-id" | "web-llm-url";

/** Options of `inferscope.run("contract")`. */
export function subjectOptions(
  kind: SubjectKind,
  { id, url, modelLib }: { readonly id: string; readonly url: string; readonly modelLib: string },
): { readonly source?: object; readonly backend?: string } {
  switch (kind) {
    case "loaded":
      return {};
    case "embedded":
      return { source: { id: "scope-2m-q4f16_1" }, backend: "paged" };
    case "web-llm-id":
      return { source: { id: id.trim() }, backend: "web-llm" };
    case "web-llm-url":
      return { source: { url, modelLib }, backend: "web-llm" };
  }
}

/** "14 of 16 checks passed, 2 skipped, on WebLLM with X." */
export function contractVerdict({ checks, numFailed, model }: ContractRun): string {
  const numSkipped = checks.filter(({ status }) => status === "skip").length;
  const numPassed = checks.length - numFailed - numSkipped;
  const parts = [`${numPassed} of ${checks.length} checks passed`];
  if (numFailed > 0) parts.push(`${numFailed} failed`);
  if (numSkipped > 0) parts.push(`${numSkipped} skipped`);
  return `${parts.join(", ")}; ${model === null ? "no model was loaded" : model.id}.`;
}
