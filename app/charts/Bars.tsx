import styles from "./Bars.module.css";
import { ChartFrame } from "./ChartFrame.tsx";
import { formatNumber } from "../lab/format.ts";

interface BarsProps {
  title: string;
  unit: string;
  bars: readonly { readonly label: string; readonly value: number }[];
}

/** A few values side by side, from zero on. */
export function Bars({ title, unit, bars }: BarsProps) {
  const most = Math.max(Number.MIN_VALUE, ...bars.map(({ value }) => value));
  const text = (value: number) => `${formatNumber(value)}${unit === "" ? "" : ` ${unit}`}`;
  return (
    <ChartFrame
      title={title}
      caption={title}
      columns={[
        { key: "label", header: "what", cell: ({ label }) => label },
        {
          key: "value",
          header: unit === "" ? "count" : unit,
          align: "right",
          cell: ({ value }) => text(value),
        },
      ]}
      rows={bars}
    >
      <div className={styles["bars"]}>
        {bars.map(({ label, value }) => (
          <div key={label} className={styles["row"]}>
            <span className={styles["label"]}>{label}</span>
            <span className={styles["track"]} aria-hidden>
              <span style={{ width: `${(100 * Math.max(0, value)) / most}%` }} />
            </span>
            <span className={styles["value"]}>{text(value)}</span>
          </div>
        ))}
      </div>
    </ChartFrame>
  );
}
