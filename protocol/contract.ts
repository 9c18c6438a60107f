/** What running the backend contract on a device tells. */
import type { LoadProgress } from "./messages.ts";
import type { AdapterInfo, BackendName, Capabilities, ModelInfo } from "./model.ts";

export interface CheckResult {
  readonly name: string;
  /** `skip`: it asks for what the engine says that it lacks, or what came before left nothing to check. */
  readonly status: "pass" | "fail" | "skip";
  /** What was seen, or why it was not checked. */
  readonly detail: string;
  readonly ms: number;
}

export interface ContractReport {
  readonly kind: "contract";
  readonly backend: BackendName;
  /** As the engine told when it had loaded; null where it never did. */
  readonly model: ModelInfo | null;
  readonly capabilities: Capabilities;
  readonly adapter: AdapterInfo | null;
  readonly checks: readonly CheckResult[];
  readonly numFailed: number;
}

/** A report with what it was made on. */
export interface ContractRun extends ContractReport {
  readonly appVersion: string;
  readonly userAgent: string;
  readonly date: string;
}

/** What a run tells while it goes on. */
export type ContractEvent =
  | { readonly type: "check"; readonly name: string; readonly done: number; readonly total: number }
  | { readonly type: "load"; readonly progress: LoadProgress }
  | { readonly type: "result"; readonly result: CheckResult }
  | { readonly type: "report"; readonly report: ContractReport };
