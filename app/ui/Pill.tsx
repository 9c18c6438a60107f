import type { ReactNode } from "react";

import { cx } from "./cx.ts";
import styles from "./Pill.module.css";

interface PillProps {
  label?: string;
  value: ReactNode;
  note?: ReactNode;
  /** A state dot; the value says the same in words. */
  dot?: "good" | "bad" | "busy" | undefined;
  title?: string | undefined;
}

/** One fact of the status bar: label, value, note. */
export function Pill({ label, value, note, dot, title }: PillProps) {
  return (
    <span className={styles["pill"]} title={title}>
      {dot !== undefined && <span className={cx(styles["dot"], styles[dot])} aria-hidden />}
      {label !== undefined && <span>{label}</span>}
      <b>{value}</b>
      {note !== undefined && <span>{note}</span>}
    </span>
  );
}
