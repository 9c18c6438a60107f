/** Runs the whole contract on a backend and tells how each check went. */
import { InferscopeError, type CheckResult, type ContractReport } from "../../../protocol/index.ts";
import { contractChecks } from "./checks.ts";
import { NotApplicable, type ContractCheck, type Subject } from "./support.ts";

export interface ContractProgress {
  onStart?: (name: string, done: number, total: number) => void;
  onResult?: (result: CheckResult) => void;
}

/** Never rejects: what a backend throws is the result. Without a model the rest is not checked. */
export async function runContract(
  subject: Subject,
  progress: ContractProgress = {},
): Promise<ContractReport> {
  const { backend, params } = subject;
  const checks: CheckResult[] = [];
  let told: Pick<ContractReport, "model" | "adapter"> = { model: null, adapter: null };
  for (const [index, check] of contractChecks.entries()) {
    progress.onStart?.(check.name, index, contractChecks.length);
    const result = index < 2 || told.model !== null ? await runCheck(check, subject) : notLoaded(check);
    checks.push(result);
    progress.onResult?.(result);
    const { model, adapter } = backend.status();
    if (model !== null) told = { model, adapter };
  }
  await backend.unload();
  const { capabilities } = backend;
  const numFailed = checks.filter(({ status }) => status === "fail").length;
  return { kind: "contract", backend: params.backend, ...told, capabilities, checks, numFailed };
}

export async function runCheck({ name, run }: ContractCheck, subject: Subject): Promise<CheckResult> {
  const startMs = performance.now();
  const ended = (status: CheckResult["status"], detail: string): CheckResult => ({
    name,
    status,
    detail,
    ms: performance.now() - startMs,
  });
  try {
    return ended("pass", await run(subject));
  } catch (error) {
    if (error instanceof NotApplicable) return ended("skip", error.message);
    return ended("fail", describe(error));
  }
}

const notLoaded = ({ name }: ContractCheck): CheckResult => ({
  name,
  status: "skip",
  detail: "no model was loaded",
  ms: 0,
});

function describe(error: unknown): string {
  if (!(error instanceof InferscopeError)) return error instanceof Error ? error.message : String(error);
  return [`${error.kind}: ${error.message}`, ...(error.hint === undefined ? [] : [error.hint])].join(
    " What to do: ",
  );
}
