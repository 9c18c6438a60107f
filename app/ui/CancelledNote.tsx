import styles from "./CancelledNote.module.css";

/** Under a result that a later, cancelled run did not replace. */
export function CancelledNote() {
  return (
    <p className={styles["note"]} role="status">
      The last run was cancelled; the result below is the whole one before it. What the cancelled run measured
      is marked in <a href="#/reports">Reports</a>.
    </p>
  );
}
