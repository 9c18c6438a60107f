import type { ReactNode } from "react";

import { cx } from "../ui/cx.ts";
import { formatChange, formatSigned } from "../lab/format.ts";
import { Formula } from "../ui/Tooltip.tsx";
import { ChartFrame } from "./ChartFrame.tsx";
import styles from "./DeltaBars.module.css";

export interface DeltaRow {
  readonly id: string;
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** Confidence interval of the relative change, in percent: [-53, -44]. */
  readonly intervalPercent?: readonly [number, number] | null;
  /** Counted, not measured: a change without an interval is one all the same. */
  readonly exact?: boolean;
  readonly better: "lower" | "higher";
  /** Formats both values with their unit. */
  readonly format: (value: number) => string;
  readonly formula?: string;
}

interface DeltaBarsProps {
  title?: ReactNode;
  caption: string;
  /** "Naive chain → Structured, n = 20". */
  note?: ReactNode;
  rows: readonly DeltaRow[];
}

/** Relative change of each metric around zero, left is less; whiskers are confidence intervals. */
export function DeltaBars({ title, caption, note, rows }: DeltaBarsProps) {
  const ends = rows.flatMap((row) => [change(row), ...(row.intervalPercent ?? [])]).filter(Number.isFinite);
  const reach = Math.max(10, ...ends.map(Math.abs));
  const place = (percent: number) => 50 + (50 * Math.max(-reach, Math.min(reach, percent))) / reach;
  return (
    <ChartFrame
      title={title ?? caption}
      caption={caption}
      note={note}
      columns={[
        { key: "metric", header: "metric", cell: (row) => row.label },
        { key: "from", header: "from", align: "right", cell: (row) => row.format(row.from) },
        { key: "to", header: "to", align: "right", cell: (row) => row.format(row.to) },
        { key: "change", header: "change", align: "right", cell: (row) => formatChange(row.from, row.to) },
        { key: "interval", header: "interval", align: "right", cell: intervalText },
      ]}
      rows={rows}
    >
      <div className={styles["rows"]}>
        {rows.map((row) => {
          const percent = change(row);
          const low = Math.min(50, place(percent));
          const interval = row.intervalPercent ?? null;
          return (
            <div key={row.id} className={styles["row"]}>
              <span className={styles["label"]}>
                {row.formula === undefined ? row.label : <Formula name={row.label} formula={row.formula} />}
              </span>
              <span className={styles["track"]}>
                {Number.isFinite(percent) && (
                  <span
                    className={cx(styles["bar"], styles[verdict(row)])}
                    style={{ left: `${low}%`, width: `${Math.abs(place(percent) - 50)}%` }}
                  />
                )}
                {interval !== null && (
                  <span
                    className={styles["whisker"]}
                    style={{
                      left: `${place(interval[0])}%`,
                      width: `${place(interval[1]) - place(interval[0])}%`,
                    }}
                  />
                )}
                <span className={styles["zero"]} />
              </span>
              <span className={cx(styles["change"], styles[`${verdict(row)}Text`])}>
                {formatChange(row.from, row.to)}
              </span>
              <span className={styles["values"]}>
                {row.format(row.from)} → {row.format(row.to)}
              </span>
            </div>
          );
        })}
      </div>
    </ChartFrame>
  );
}

function change(row: DeltaRow): number {
  if (row.from === 0) return row.to === 0 ? 0 : Number.NaN;
  return (row.to / row.from - 1) * 100;
}

/** An interval that holds zero is no verdict, nor is a measurement without one. */
function verdict(row: DeltaRow): "better" | "worse" | "same" {
  const interval = row.intervalPercent ?? null;
  const undecided = interval === null ? row.exact !== true : interval[0] <= 0 && interval[1] >= 0;
  if (row.from === row.to || undecided) return "same";
  return row.to < row.from === (row.better === "lower") ? "better" : "worse";
}

function intervalText({ intervalPercent }: DeltaRow): string {
  if (intervalPercent === undefined || intervalPercent === null) return "–";
  return `[${formatSigned(intervalPercent[0], "%")}, ${formatSigned(intervalPercent[1], "%")}]`;
}
