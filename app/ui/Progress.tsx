import type { LoadProgress } from "../../protocol/index.ts";
import { Button } from "./Button.tsx";
import { formatBytes, formatDuration } from "../lab/format.ts";
import styles from "./Progress.module.css";

interface ProgressProps {
  label: string;
  /** Null while nothing is known yet. */
  progress: LoadProgress | null;
  /** In place of what the progress says. */
  stage?: string;
  onCancel?: () => void;
  /** Where what arrived is kept. */
  onPause?: () => void;
}

const stageNames: Record<LoadProgress["stage"], string> = {
  config: "reading the configuration",
  tokenizer: "reading the tokenizer",
  download: "downloading",
  weights: "loading weights",
  "self-check": "checking kernels against their references",
  packing: "packing weights for the device",
  pipelines: "compiling kernels",
  ready: "ready",
};

/** A load: stage, bytes, rate, time left, cancel. */
export function Progress({ label, progress, stage, onCancel, onPause }: ProgressProps) {
  const known = progress !== null && progress.totalBytes > 0;
  const share = loadShare(progress);
  return (
    <div className={styles["progress"]}>
      <div className={styles["row"]}>
        <b>{label}</b>
        <span>{stage ?? (progress === null ? "starting the engine" : stageNames[progress.stage])}</span>
        {onPause !== undefined && (
          <Button size="small" onClick={onPause}>
            Pause
          </Button>
        )}
        {onCancel !== undefined && (
          <Button size="small" onClick={onCancel}>
            Cancel
          </Button>
        )}
      </div>
      <div
        className={styles["track"]}
        role="progressbar"
        aria-label={label}
        {...(share === null ? {} : { "aria-valuenow": Math.round(share * 100) })}
      >
        <div style={{ width: `${(share ?? 0) * 100}%` }} />
      </div>
      {known && <span className={styles["note"]}>{progressNote(progress)}</span>}
      {progress?.note !== undefined && <span className={styles["note"]}>{progress.note}</span>}
    </div>
  );
}

/** The part that is done, 0 to 1; null where the engine does not tell. */
export function loadShare(progress: LoadProgress | null): number | null {
  if (progress === null) return null;
  const { loadedBytes, totalBytes, share } = progress;
  return totalBytes > 0 ? Math.min(1, loadedBytes / totalBytes) : (share ?? null);
}

function progressNote({ loadedBytes, totalBytes, bytesPerSecond, file }: LoadProgress): string {
  const parts = [`${formatBytes(loadedBytes)} of ${formatBytes(totalBytes)}`];
  if (bytesPerSecond > 0 && loadedBytes < totalBytes) {
    parts.push(`${formatBytes(bytesPerSecond)}/s`);
    parts.push(`${formatDuration((totalBytes - loadedBytes) / bytesPerSecond)} left`);
  }
  if (file !== "") parts.push(file);
  return parts.join(" · ");
}
