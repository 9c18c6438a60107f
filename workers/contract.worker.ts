/// <reference lib="webworker" />
/**
 * Runs the backend contract in a thread of its own, on a device of its own: what hangs or dies
 * there touches nothing else, and ending the thread is the way to cancel.
 */
import { trustOwnScripts, type ContractEvent, type LoadParams } from "../protocol/index.ts";
import { runContract } from "./backends/contract/run-contract.ts";
import { loadAddresses } from "./backends/model-source.ts";
import { createBackend } from "./backends/registry.ts";
import { NetworkGuard } from "./network-guard.ts";
import { spawnSandbox } from "./tokenizer/spawn-sandbox.ts";

const scope = self as unknown as DedicatedWorkerGlobalScope;
const baseUrl = new URL("../", scope.location.href).href;
trustOwnScripts(scope, baseUrl);
const guard = new NetworkGuard(baseUrl);
guard.install(scope);
const post = (event: ContractEvent) => scope.postMessage(event);

scope.onmessage = ({ data: params }: MessageEvent<LoadParams>) => {
  guard
    .during(loadAddresses(params), () => run(params))
    .catch((error: unknown) => {
      // Nothing the contract checks: the page hears of it as of a crash.
      setTimeout(() => {
        throw error;
      });
    });
};

async function run(params: LoadParams): Promise<void> {
  const backend = await createBackend(params.backend, {
    gpu: navigator.gpu,
    baseUrl,
    onDeviceLost: () => undefined,
    spawnSandbox,
    fetchFromServer: (base, url, init) => guard.during([base], () => fetch(url, init)),
  });
  const report = await runContract(
    { backend, params, progress: (progress) => post({ type: "load", progress }) },
    {
      onStart: (name, done, total) => post({ type: "check", name, done, total }),
      onResult: (result) => post({ type: "result", result }),
    },
  );
  post({ type: "report", report });
}
