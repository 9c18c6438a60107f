import styles from "./RunProgress.module.css";

interface RunProgressProps {
  /** What is counted, for those who hear it. */
  label: string;
  done: number;
  /** 0 while it is not known. */
  total: number;
  /** Beside the bar: "12 of 240 answers". Without one, the two counts. */
  text?: string;
}

/** How far a run is. Cancelling is the matter of the button that started it. */
export function RunProgress({ label, done, total, text }: RunProgressProps) {
  return (
    <div className={styles["progress"]}>
      <div
        className={styles["bar"]}
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(1, total)}
        aria-valuenow={Math.min(done, Math.max(1, total))}
      >
        <div style={{ width: `${(100 * Math.min(done, total)) / Math.max(1, total)}%` }} />
      </div>
      <span>{text ?? (total === 0 ? "Warming up" : `${done} of ${total}`)}</span>
    </div>
  );
}
