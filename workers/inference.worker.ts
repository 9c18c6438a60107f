/// <reference lib="webworker" />
/** The worker's entry: wires the host to this thread, nothing else. */
import { trustOwnScripts, type Command } from "../protocol/index.ts";
import {
  checkFormat,
  createBackend,
  deleteStoredModel,
  inspectModel,
  listCatalog,
  listServerModels,
  listStoredModels,
  measureAdapter,
  probeAdapter,
  type Environment,
} from "./backends/registry.ts";
import { folderAddresses, loadAddresses } from "./backends/model-source.ts";
import { EngineHost } from "./engine-host.ts";
import { NetworkGuard } from "./network-guard.ts";
import { spawnSandbox } from "./tokenizer/spawn-sandbox.ts";

const scope = self as unknown as DedicatedWorkerGlobalScope;
// The app's folder: the build puts this script into `assets/`, the dev server into `workers/`.
const baseUrl = new URL("../", scope.location.href).href;
trustOwnScripts(scope, baseUrl);
const guard = new NetworkGuard(baseUrl);
guard.install(scope);
const environment: Environment = {
  gpu: navigator.gpu,
  baseUrl,
  onDeviceLost: (event) => scope.postMessage(event),
  spawnSandbox,
  allowing: (params, work) => guard.during(loadAddresses(params), work),
  fetchFromServer: (base, url, init) => guard.during([base], () => fetch(url, init)),
};

const host: EngineHost = new EngineHost({
  post: (event) => scope.postMessage(event),
  createBackend: (name) => createBackend(name, environment),
  serverModels: (address) => listServerModels(address, environment),
  catalog: (params) => listCatalog(environment.gpu, params),
  inspect: (params) => inspectModel(params, environment.baseUrl),
  storedModels: listStoredModels,
  deleteStored: deleteStoredModel,
  checkFormat,
  probeAdapter: () => probeAdapter(environment.gpu),
  measureBandwidth: () => measureAdapter(environment.gpu),
});

scope.onmessage = ({ data: command }: MessageEvent<Command>) => {
  void guard.during(addressesOf(command), () => host.handle(command));
};
host.startHeartbeat();

function addressesOf(command: Command): readonly string[] {
  if (command.call === "load") return loadAddresses(command.params);
  return command.call === "inspect" ? folderAddresses(command.params.url) : [];
}
