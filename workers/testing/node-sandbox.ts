import type { SandboxCommand, SandboxReply } from "../tokenizer/sandbox-protocol.ts";
import type { SpawnSandbox } from "../tokenizer/sandbox.ts";

interface Threads {
  readonly Worker: new (
    script: URL,
    options: { execArgv: readonly string[] },
  ) => {
    on(type: "message", listener: (reply: SandboxReply) => void): void;
    on(type: "error", listener: (error: Error) => void): void;
    postMessage(command: SandboxCommand): void;
    terminate(): Promise<unknown>;
  };
}

// The workers' code knows no Node: see `disk.ts`.
const moduleName: string = "node:worker_threads";
const { Worker } = (await import(/* @vite-ignore */ moduleName)) as Threads;

/** Sandboxes as real threads of Node, and how many were made and ended. */
export function nodeSandbox(): {
  readonly spawn: SpawnSandbox;
  readonly counts: { made: number; ended: number };
} {
  const counts = { made: 0, ended: 0 };
  const spawn: SpawnSandbox = ({ onReply, onCrash }) => {
    counts.made += 1;
    const worker = new Worker(new URL("./sandbox-thread-entry.js", import.meta.url), { execArgv: [] });
    worker.on("message", onReply);
    worker.on("error", (error) => onCrash(error.message));
    return {
      post: (command) => worker.postMessage(command),
      terminate: () => {
        counts.ended += 1;
        void worker.terminate();
      },
    };
  };
  return { spawn, counts };
}
