import type { BackendName } from "../../protocol/index.ts";

const names: Record<BackendName, string> = {
  paged: "Inferscope",
  "web-llm": "WebLLM",
  openai: "OpenAI-compatible server",
};

/** An engine as people know it. */
export const engineName = (backend: BackendName): string => names[backend];
