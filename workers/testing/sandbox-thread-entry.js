/** A thread of Node knows no TypeScript before it is told: the entry of `sandbox-thread.ts`. */
import { register } from "tsx/esm/api";

register();
await import("./sandbox-thread.ts");
