import { Upload } from "lucide-react";
import { useId, useState, type DragEvent, type ReactNode } from "react";

import { cx } from "./cx.ts";
import styles from "./FileDrop.module.css";

interface FileDropProps {
  label: string;
  /** File name endings, as of an input's `accept`. */
  accept: string;
  disabled?: boolean;
  onFile: (file: File) => void;
  /** What the file may hold. */
  children: ReactNode;
}

/** A place to drop one file on, and the button to choose it by keyboard. */
export function FileDrop({ label, accept, disabled = false, onFile, children }: FileDropProps) {
  const [over, setOver] = useState(false);
  const id = useId();
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file !== undefined && !disabled) onFile(file);
  };
  return (
    <div
      className={cx(styles["drop"], over && styles["over"])}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <Upload aria-hidden />
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="file"
        accept={accept}
        disabled={disabled}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file !== undefined) onFile(file);
          // The same file may be chosen again.
          event.target.value = "";
        }}
      />
      <span className={styles["note"]}>{children}</span>
    </div>
  );
}
