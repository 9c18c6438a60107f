/** `inferscope.run("contract")`: what every backend must do, checked on this device. */
import {
  InferscopeError,
  type BackendName,
  type CheckResult,
  type ContractEvent,
  type ContractReport,
  type ContractRun,
  type LoadParams,
  type ModelHosts,
  type RunnerName,
} from "../../protocol/index.ts";
import { toSource } from "./validate.ts";

/** Unchecked; see docs/api.md. */
export interface ContractOptions {
  /** Default: the model that is loaded, as it was loaded. */
  readonly source?: unknown;
  readonly backend?: unknown;
  readonly runner?: unknown;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ContractEvent) => void;
}

/** What of the client is needed. */
interface Client {
  /** How the present model was loaded; null without one. */
  readonly loadedFrom: LoadParams | null;
  unload(): Promise<void>;
  load(params: LoadParams): Promise<unknown>;
}

/**
 * The loaded model makes room, and is loaded again after the run however that ends. Resolves with
 * the report, failed checks and all. Rejects with `no-model`, `invalid-request`, `aborted`, or
 * `worker-crashed` with the results so far in its message.
 */
export async function runContract(
  client: Client,
  options: ContractOptions,
  context: { readonly hosts: ModelHosts; readonly version: string },
): Promise<ContractRun> {
  const before = client.loadedFrom;
  const params = contractParams(options, before, context.hosts);
  options.signal?.throwIfAborted();
  try {
    if (before !== null) await client.unload();
    const report = await runInWorker(params, options);
    const { userAgent } = navigator;
    return { ...report, appVersion: context.version, userAgent, date: new Date().toISOString() };
  } finally {
    // Not awaited: the result is there, and the load shows its own progress and errors.
    if (before !== null) client.load(before).catch(() => undefined);
  }
}

function contractParams(
  { source, backend = "paged", runner = "gpu" }: ContractOptions,
  before: LoadParams | null,
  hosts: ModelHosts,
): LoadParams {
  if (source === undefined) {
    if (before !== null) return before;
    throw new InferscopeError("no-model", "No model is loaded, and no source was given.", {
      hint: 'Load a model, or give one: inferscope.run("contract", { source: { id }, backend }).',
    });
  }
  return {
    source: toSource(source, document.baseURI, hosts),
    backend: oneOf<BackendName>("backend", backend, ["paged", "web-llm", "openai"]),
    runner: oneOf<RunnerName>("runner", runner, ["gpu", "cpu"]),
    policy: {},
    hosts,
  };
}

function oneOf<Value extends string>(name: string, given: unknown, values: readonly Value[]): Value {
  const value = values.find((candidate) => candidate === given);
  if (value !== undefined) return value;
  throw new InferscopeError("invalid-request", `${name} is ${String(given)}, use ${values.join(", ")}`);
}

function runInWorker(params: LoadParams, { signal, onEvent }: ContractOptions): Promise<ContractReport> {
  const worker = new Worker(new URL("../../workers/contract.worker.ts", import.meta.url), {
    type: "module",
    name: "inferscope-contract",
  });
  const results: CheckResult[] = [];
  const run = new Promise<ContractReport>((resolve, reject) => {
    signal?.addEventListener("abort", () =>
      reject(new InferscopeError("aborted", "The run of the contract was cancelled.")),
    );
    worker.onmessage = ({ data }: MessageEvent<ContractEvent>) => {
      if (data.type === "report") resolve(data.report);
      else if (data.type === "result") results.push(data.result);
      onEvent?.(data);
    };
    worker.onerror = (event) => {
      const why = event.message || "its script did not load";
      reject(
        new InferscopeError(
          "worker-crashed",
          `The contract's thread died after ${results.length} checks: ${why}`,
        ),
      );
    };
    worker.postMessage(params);
  });
  return run.finally(() => worker.terminate());
}
