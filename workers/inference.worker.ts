/// <reference lib="webworker" />
/** The worker's entry: wires the host to this thread, nothing else. */
import type { Command } from "../protocol/index.ts";
import {
  checkFormat,
  createBackend,
  deleteStoredModel,
  listCatalog,
  listStoredModels,
  measureAdapter,
  probeAdapter,
  type Environment,
} from "./backends/registry.ts";
import { loadAddresses } from "./backends/model-source.ts";
import { EngineHost } from "./engine-host.ts";
import { NetworkGuard } from "./network-guard.ts";

const scope = self as unknown as DedicatedWorkerGlobalScope;
const environment: Environment = {
  gpu: navigator.gpu,
  // The app's folder: the build puts this script into `assets/`, the dev server into `workers/`.
  baseUrl: new URL("../", scope.location.href).href,
  onDeviceLost: (event) => scope.postMessage(event),
};

const host: EngineHost = new EngineHost({
  post: (event) => scope.postMessage(event),
  createBackend: (name) => createBackend(name, environment),
  catalog: () => listCatalog(environment.gpu),
  storedModels: listStoredModels,
  deleteStored: deleteStoredModel,
  checkFormat,
  probeAdapter: () => probeAdapter(environment.gpu),
  measureBandwidth: () => measureAdapter(environment.gpu),
});

const guard = new NetworkGuard(environment.baseUrl);
guard.install(scope);

scope.onmessage = ({ data: command }: MessageEvent<Command>) => {
  const addresses = command.call === "load" ? loadAddresses(command.params) : [];
  void guard.during(addresses, () => host.handle(command));
};
host.startHeartbeat();
