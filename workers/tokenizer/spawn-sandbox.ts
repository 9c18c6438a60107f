import type { SandboxReply } from "./sandbox-protocol.ts";
import type { SpawnSandbox } from "./sandbox.ts";

/** The real thread, in a browser. */
export const spawnSandbox: SpawnSandbox = ({ onReply, onCrash }) => {
  const worker = new Worker(new URL("./sandbox.worker.ts", import.meta.url), {
    type: "module",
    name: "inferscope-tokenizer",
  });
  worker.onmessage = ({ data }: MessageEvent<SandboxReply>) => onReply(data);
  worker.onerror = (event) => onCrash(event.message || "its script did not load");
  return {
    post: (command) => worker.postMessage(command),
    terminate: () => worker.terminate(),
  };
};
