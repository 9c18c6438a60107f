/** The thread in which the engine runs: the page's commands and events, over Node's messages. */
import { register } from "node:module";
import { parentPort } from "node:worker_threads";

import type { Command, EngineEvent } from "../../protocol/index.ts";
import type { EngineHost } from "../../workers/engine-host.ts";

if (parentPort === null) throw new Error("this is a thread's script: npm run serve starts it");
const port = parentPort;

register("./import-hooks.ts", import.meta.url);
// By address: the workers' code is checked with other libraries than Node's.
const address = new URL("../../workers/testing/embedded-on-cpu.ts", import.meta.url).href;
const { createEmbeddedHost } = (await import(address)) as {
  createEmbeddedHost: (post: (event: EngineEvent) => void) => EngineHost;
};

const host = createEmbeddedHost((event) => port.postMessage(event));
port.on("message", (command: Command) => void host.handle(command));
host.startHeartbeat();
