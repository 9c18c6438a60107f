/** The trace as a table. */
import type { StepTrace } from "../../protocol/index.ts";
import type { Column } from "../ui/DataTable.tsx";
import { formatMs } from "../lab/format.ts";

const time = (
  key: "scheduleMs" | "maskMs" | "encodeMs" | "gpuMs" | "readbackMs" | "totalMs",
  header: string,
) => ({
  key,
  header,
  align: "right" as const,
  cell: (step: StepTrace) => formatMs(step[key]),
});

const count = (
  key: "step" | "numPrefillTokens" | "numDecodeTokens" | "numWaiting" | "numRunning" | "numDispatches",
  header: string,
) => ({ key, header, align: "right" as const, cell: (step: StepTrace) => step[key] });

export const stepColumns: readonly Column<StepTrace>[] = [
  count("step", "step"),
  time("scheduleMs", "schedule"),
  time("maskMs", "masks"),
  time("encodeMs", "encode"),
  time("gpuMs", "GPU"),
  time("readbackMs", "wait and readback"),
  time("totalMs", "total"),
  count("numPrefillTokens", "prefill tokens"),
  count("numDecodeTokens", "decode tokens"),
  count("numRunning", "running"),
  count("numWaiting", "waiting"),
  count("numDispatches", "dispatches"),
];
