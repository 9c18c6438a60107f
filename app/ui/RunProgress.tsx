import styles from "./RunProgress.module.css";

interface RunProgressProps {
  /** What is counted, for those who hear it. */
  label: string;
  done: number;
  /** 0 while it is not known. */
  total: number;
  /** Beside the bar: "12 of 240 answers". */
  text: string;
}

/** How far a run is. */
export function RunProgress({ label, done, total, text }: RunProgressProps) {
  return (
    <div className={styles["progress"]}>
      <div
        className={styles["bar"]}
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(1, total)}
        aria-valuenow={done}
      >
        <div style={{ width: `${(100 * done) / Math.max(1, total)}%` }} />
      </div>
      <span>{text}</span>
    </div>
  );
}
