/** The workloads that the lab brings along; the first is the standard one. */
import type { BuiltInWorkload } from "../workload.ts";
import { emailExtraction } from "./email-extraction.ts";
import { userAnalysis } from "./user-analysis.ts";

export const builtInWorkloads: readonly BuiltInWorkload[] = [userAnalysis, emailExtraction];

/** The rows that are shown and measured unless another seed is asked for. */
export const defaultSeed = 20;
