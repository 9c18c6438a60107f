import type { ReactNode } from "react";

import type { Column } from "../ui/DataTable.tsx";
import { formatMs } from "../lab/format.ts";
import { Plot } from "./Plot.tsx";
import { formatTick } from "./time-tick.ts";

/** The pool after a step; used + cached + free is the total. */
export interface KvPoint {
  readonly atMs: number;
  readonly used: number;
  readonly cached: number;
  readonly free: number;
}

interface KvAreaProps<Row extends KvPoint> {
  title: ReactNode;
  caption: string;
  /** Blocks of the pool. */
  total: number;
  /** At most 600. */
  points: readonly Row[];
  columns: readonly Column<Row>[];
  children?: ReactNode;
}

/** KV blocks over time: x is milliseconds, the two layers stack up; what is above them is free. */
export function KvArea<Row extends KvPoint>({
  title,
  caption,
  total,
  points,
  columns,
  children,
}: KvAreaProps<Row>) {
  const endMs = points.at(-1)?.atMs ?? 0;
  const most = Math.max(0, ...points.map(({ used, cached }) => used + cached));
  // A pool that is mostly free would flatten what happens in it.
  const top = most < total / 2 ? Math.max(8, Math.ceil((1.25 * most) / 8) * 8) : total;
  return (
    <Plot
      title={title}
      caption={caption}
      note={top < total ? `up to ${top} of ${total} blocks` : `of ${total} blocks`}
      columns={columns}
      rows={points}
      x={{
        label: "time",
        from: 0,
        to: Math.max(1, endMs),
        format: (ms) => formatTick(ms, endMs),
        formatValue: (ms) => `at ${formatMs(ms)}`,
      }}
      y={{ label: "blocks", from: 0, to: top, whole: true }}
      series={[
        {
          name: "used",
          color: "var(--decode)",
          kind: "area",
          points: points.map(({ atMs, used }) => ({ x: atMs, y: used, low: 0, high: used })),
        },
        {
          name: "cached",
          color: "var(--cached)",
          hatched: true,
          kind: "area",
          points: points.map(({ atMs, used, cached }) => {
            return { x: atMs, y: cached, low: used, high: used + cached };
          }),
        },
      ]}
    >
      {children}
    </Plot>
  );
}
