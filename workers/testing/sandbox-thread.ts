/** `sandbox.worker.ts` for Node: the same host in a real thread. */
import { SandboxHost } from "../tokenizer/sandbox-host.ts";
import type { SandboxCommand, SandboxReply } from "../tokenizer/sandbox-protocol.ts";

interface Threads {
  readonly parentPort: {
    on(type: "message", listener: (command: SandboxCommand) => void): void;
    postMessage(reply: SandboxReply): void;
  };
}

// The workers' code knows no Node: see `disk.ts`.
const moduleName: string = "node:worker_threads";
const { parentPort } = (await import(/* @vite-ignore */ moduleName)) as Threads;
const host = new SandboxHost();
parentPort.on("message", (command) => parentPort.postMessage(host.handle(command)));
parentPort.postMessage({ type: "ready" });
