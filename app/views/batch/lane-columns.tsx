import type { LaneRow } from "../../lab/load/step-figures.ts";
import type { Column } from "../../ui/DataTable.tsx";
import { formatMs } from "../../lab/format.ts";

/** The table of the lanes. */
export const laneColumns: readonly Column<LaneRow>[] = [
  { key: "request", header: "request", cell: (row) => row.label },
  { key: "phase", header: "phase", cell: (row) => row.phase },
  { key: "start", header: "start", align: "right", cell: (row) => formatMs(row.startMs) },
  { key: "duration", header: "duration", align: "right", cell: (row) => formatMs(row.endMs - row.startMs) },
  { key: "steps", header: "steps", align: "right", cell: (row) => row.numSteps },
  { key: "tokens", header: "tokens", align: "right", cell: (row) => row.numTokens },
];
