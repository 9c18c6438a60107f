import type { InitProgressReport } from "@mlc-ai/web-llm";

import type { LoadProgress } from "../../../protocol/index.ts";

/**
 * WebLLM tells a share and a sentence, no bytes: both go on as they are. Before its first
 * report it fetches configuration and library in silence.
 */
export function toProgress({ progress, text }: InitProgressReport): LoadProgress {
  return {
    stage: stageOf(text),
    loadedBytes: 0,
    totalBytes: 0,
    bytesPerSecond: 0,
    file: "",
    // 0 / 0 of an empty list of files.
    ...(Number.isFinite(progress) ? { share: Math.min(1, Math.max(0, progress)) } : {}),
    note: text,
  };
}

function stageOf(text: string): LoadProgress["stage"] {
  if (/^finish/i.test(text)) return "ready";
  return /gpu shader/i.test(text) ? "pipelines" : "weights";
}
