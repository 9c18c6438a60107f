/// <reference lib="webworker" />
/** The entry of the thread for foreign templates and patterns: it may be ended at any moment. */
import { SandboxHost } from "./sandbox-host.ts";
import type { SandboxCommand, SandboxReply } from "./sandbox-protocol.ts";

const scope = self as unknown as DedicatedWorkerGlobalScope;
const post = (reply: SandboxReply) => scope.postMessage(reply);
const host = new SandboxHost();

scope.onmessage = ({ data: command }: MessageEvent<SandboxCommand>) => post(host.handle(command));
post({ type: "ready" });
