import type { ReactNode } from "react";

import { cx } from "../ui/cx.ts";
import { formatMs } from "../lab/format.ts";
import styles from "./CallWaterfall.module.css";
import { ChartFrame } from "./ChartFrame.tsx";
import type { Phase } from "./Legend.tsx";
import phases from "./phases.module.css";

export interface WaterfallSegment {
  readonly phase: Phase;
  readonly startMs: number;
  /** May equal startMs: tokens from the cache take no time and show as a mark of fixed width. */
  readonly endMs: number;
}

export interface WaterfallRow {
  readonly id: string;
  readonly label: string;
  /** Times from the plan's start, ascending. */
  readonly segments: readonly WaterfallSegment[];
  /** "48 of 96 cached". */
  readonly note?: string;
}

interface CallWaterfallProps {
  title?: ReactNode;
  caption: string;
  rows: readonly WaterfallRow[];
  /** Right end of the axis; compared charts share one. Default: the latest end. */
  maxMs?: number;
  /** Makes rows buttons: opens a call's prompt and answer. */
  onSelect?: (id: string) => void;
}

/** Calls over time: x is milliseconds, one row a call, tinted by phase. */
export function CallWaterfall({ title, caption, rows, maxMs, onSelect }: CallWaterfallProps) {
  const end = maxMs ?? Math.max(1e-9, ...rows.flatMap((row) => row.segments.map((segment) => segment.endMs)));
  const flat = rows.flatMap((row) => row.segments.map((segment) => ({ row, segment })));
  return (
    <ChartFrame
      title={title ?? caption}
      caption={caption}
      columns={[
        { key: "call", header: "call", cell: ({ row }) => row.label },
        { key: "phase", header: "phase", cell: ({ segment }) => segment.phase },
        { key: "start", header: "start", align: "right", cell: ({ segment }) => formatMs(segment.startMs) },
        {
          key: "duration",
          header: "duration",
          align: "right",
          cell: ({ segment }) => formatMs(segment.endMs - segment.startMs),
        },
      ]}
      rows={flat}
    >
      <div className={styles["rows"]}>
        {rows.map((row) => (
          <div key={row.id} className={styles["row"]}>
            {onSelect === undefined ? (
              <span className={styles["label"]}>{row.label}</span>
            ) : (
              <button type="button" className={styles["label"]} onClick={() => onSelect(row.id)}>
                {row.label}
              </button>
            )}
            <span className={styles["track"]}>
              {row.segments.map((segment, index) => (
                <span
                  key={index}
                  className={cx(styles["segment"], phases[segment.phase])}
                  style={{
                    left: `${(100 * segment.startMs) / end}%`,
                    width: `${(100 * (segment.endMs - segment.startMs)) / end}%`,
                  }}
                  title={`${segment.phase} ${formatMs(segment.endMs - segment.startMs)}`}
                />
              ))}
            </span>
            <span className={styles["value"]}>
              {formatMs((row.segments.at(-1)?.endMs ?? 0) - (row.segments[0]?.startMs ?? 0))}
              {row.note !== undefined && <small>{row.note}</small>}
            </span>
          </div>
        ))}
      </div>
    </ChartFrame>
  );
}
