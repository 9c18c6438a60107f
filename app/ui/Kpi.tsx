import type { ReactNode } from "react";

import { cx } from "./cx.ts";
import styles from "./Kpi.module.css";
import { Formula } from "./Tooltip.tsx";

export interface KpiProps {
  label: string;
  /** Formatted figure: "412". */
  value: ReactNode;
  unit?: string;
  /** Signed change ("−49%") with its verdict; the sign stands for those who do not see the colour. */
  delta?: { text: string; verdict: "better" | "worse" | "same" } | undefined;
  /** n, interval, what it is compared with: "[−53, −44] of 812 ms, n = 20". */
  note?: ReactNode;
  /** The metric's definition, on hover. */
  formula?: string | undefined;
  /** The compared values, each with whose it is: the first grey, the second blue. */
  bars?: { from: KpiBar; to: KpiBar } | undefined;
}

interface KpiBar {
  label: string;
  value: number;
  /** Formatted: "1,734 ms". */
  text: string;
}

/** One figure, large, with its unit, change, n and definition. */
export function Kpi({ label, value, unit, delta, note, formula, bars }: KpiProps) {
  const most = bars === undefined ? 0 : Math.max(bars.from.value, bars.to.value, Number.MIN_VALUE);
  return (
    <div className={styles["kpi"]}>
      <span className={styles["label"]}>
        {formula === undefined ? label : <Formula name={label} formula={formula} />}
      </span>
      <span className={styles["figure"]}>
        <strong>{value}</strong>
        {unit !== undefined && <span className={styles["unit"]}>{unit}</span>}
        {delta !== undefined && (
          <span className={cx(styles["delta"], styles[delta.verdict])}>
            {delta.text}
            {delta.verdict !== "same" && <span className="visually-hidden"> {delta.verdict}</span>}
          </span>
        )}
      </span>
      {note !== undefined && <span className={styles["note"]}>{note}</span>}
      {bars !== undefined && (
        <span className={styles["bars"]}>
          {[bars.from, bars.to].map(({ label, text, value: share }, index) => (
            <span key={index} className={styles["bar"]}>
              <span className={styles["name"]}>{label}</span>
              <span>{text}</span>
              <i style={{ width: `${(100 * share) / most}%` }} />
            </span>
          ))}
        </span>
      )}
    </div>
  );
}

/** As many columns as fit, each as wide as the others. */
export function KpiRow({ children }: { children: ReactNode }) {
  return <div className={styles["row"]}>{children}</div>;
}
