import type { ReactNode } from "react";

import { cx } from "../ui/cx.ts";
import { formatSigned } from "../lab/format.ts";
import styles from "./CausesWaterfall.module.css";
import { ChartFrame } from "./ChartFrame.tsx";

export interface Cause {
  readonly id: string;
  readonly label: string;
  /** Signed share of the difference, in the unit of the totals. */
  readonly value: number;
  /** How it was isolated: "same answers, three calls against one". */
  readonly explanation?: string;
}

interface CausesWaterfallProps {
  title?: ReactNode;
  caption: string;
  unit: string;
  from: { readonly label: string; readonly value: number };
  to: { readonly label: string; readonly value: number };
  causes: readonly Cause[];
  /** What the causes do not explain: to − from − Σ causes. Always drawn, zero included. */
  residual: number;
  format: (value: number) => string;
}

interface Bar {
  readonly id: string;
  readonly label: string;
  readonly note: string | undefined;
  readonly start: number;
  readonly end: number;
  readonly kind: "total" | "less" | "more" | "residual";
  readonly text: string;
}

/** From one total to the other, cause by cause; green takes away, red adds, the residual is hatched grey. */
export function CausesWaterfall(props: CausesWaterfallProps) {
  const { title, caption, unit } = props;
  const bars = causeBars(props);
  const low = Math.min(0, ...bars.flatMap((bar) => [bar.start, bar.end]));
  const high = Math.max(1e-9, ...bars.flatMap((bar) => [bar.start, bar.end]));
  const place = (value: number) => (100 * (value - low)) / (high - low);
  return (
    <ChartFrame
      title={title ?? caption}
      caption={caption}
      columns={[
        { key: "cause", header: "cause", cell: (bar) => bar.label },
        { key: "value", header: unit, align: "right", cell: (bar) => bar.text },
        { key: "how", header: "how it was isolated", cell: (bar) => bar.note ?? "" },
      ]}
      rows={bars}
    >
      <div className={styles["rows"]}>
        {bars.map((bar) => (
          <div key={bar.id} className={styles["row"]} title={bar.note}>
            <span className={cx(styles["label"], bar.kind === "total" && styles["strong"])}>{bar.label}</span>
            <span className={styles["track"]}>
              <span
                className={cx(styles["bar"], styles[bar.kind])}
                style={{
                  left: `${place(Math.min(bar.start, bar.end))}%`,
                  width: `${Math.abs(place(bar.end) - place(bar.start))}%`,
                }}
              />
            </span>
            <span className={cx(styles["value"], styles[`${bar.kind}Text`])}>{bar.text}</span>
          </div>
        ))}
      </div>
    </ChartFrame>
  );
}

function causeBars({ from, to, causes, residual, unit, format }: CausesWaterfallProps): readonly Bar[] {
  const bars: Bar[] = [total("from", from, format)];
  let at = from.value;
  for (const cause of causes) {
    bars.push({
      id: cause.id,
      label: cause.label,
      note: cause.explanation,
      start: at,
      end: at + cause.value,
      kind: cause.value > 0 ? "more" : "less",
      text: formatSigned(cause.value, ` ${unit}`, 3),
    });
    at += cause.value;
  }
  bars.push({
    id: "residual",
    label: "residual",
    note: "what the causes above do not explain",
    start: at,
    end: at + residual,
    kind: "residual",
    text: formatSigned(residual, ` ${unit}`, 3),
  });
  return [...bars, total("to", to, format)];
}

function total(
  id: string,
  { label, value }: { label: string; value: number },
  format: (v: number) => string,
): Bar {
  return { id, label, note: undefined, start: 0, end: value, kind: "total", text: format(value) };
}
