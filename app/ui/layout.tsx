/** Where things stand. Views are put together from these; their own style sheets hold what is special. */
import type { CSSProperties, ReactNode } from "react";

import { cx } from "./cx.ts";
import styles from "./layout.module.css";
import { ViewHeader, type ViewHeaderProps } from "./ViewHeader.tsx";

/** Steps of the spacing scale, 4 to 16 px. */
type Gap = "tight" | "small" | "medium" | "large";

interface ViewProps extends ViewHeaderProps {
  children: ReactNode;
}

/** A screen: its question, its answer in a line, its actions, and what shows why. */
export function View({ children, ...header }: ViewProps) {
  return (
    <div className={styles["view"]}>
      <ViewHeader {...header} />
      {children}
    </div>
  );
}

/** One below the other. */
export function Stack({ gap = "medium", children }: { gap?: Gap; children: ReactNode }) {
  return <div className={cx(styles["stack"], styles[gap])}>{children}</div>;
}

interface RowProps {
  gap?: Gap;
  align?: "start" | "center" | "end" | "baseline" | "stretch";
  /** Pushes the ends apart. */
  between?: boolean;
  children: ReactNode;
}

/** Side by side; what does not fit goes to the next line. */
export function Row({ gap = "small", align = "center", between = false, children }: RowProps) {
  return (
    <div
      className={cx(
        styles["row"],
        styles[gap],
        align !== "center" && styles[align],
        between && styles["between"],
      )}
    >
      {children}
    </div>
  );
}

interface GridProps {
  /** Least width of a column in CSS pixels; there are as many as fit. */
  least?: number;
  gap?: Gap;
  /** As high as what they hold, else as the highest of their line. */
  top?: boolean;
  /** Columns stay as wide as in a full line when there is less to show. */
  fill?: boolean;
  children: ReactNode;
}

/** Equal columns, as many as fit: no breakpoint. */
export function Grid({ least = 420, gap = "large", top = false, fill = false, children }: GridProps) {
  const style: CSSProperties & { "--least": string } = { "--least": `${least}px` };
  return (
    <div
      className={cx(styles["grid"], styles[gap], top && styles["top"], fill && styles["fill"])}
      style={style}
    >
      {children}
    </div>
  );
}

interface NoteProps {
  tone?: "plain" | "good" | "problem" | "warn";
  /** `alert` for what has just gone wrong, `status` for what has just changed, `note` for what to know. */
  role?: "alert" | "status" | "note";
  children: ReactNode;
}

/** A sentence in small type beside what it is about. */
export function Note({ tone = "plain", role, children }: NoteProps) {
  return (
    <p className={cx(styles["note"], tone !== "plain" && styles[tone])} role={role}>
      {children}
    </p>
  );
}

interface FieldsProps {
  label: string;
  disabled?: boolean;
  children: ReactNode;
}

/** Controls that belong together and are switched off together. */
export function Fields({ label, disabled = false, children }: FieldsProps) {
  return (
    <fieldset className={styles["fields"]} aria-label={label} disabled={disabled}>
      {children}
    </fieldset>
  );
}

interface FoldProps {
  /** What is inside, so that one knows whether to open it. */
  summary: ReactNode;
  open?: boolean;
  children: ReactNode;
}

/** Detail that is there for who asks. The browser's find-in-page opens it. */
export function Fold({ summary, open = false, children }: FoldProps) {
  return (
    <details className={styles["fold"]} open={open}>
      <summary>{summary}</summary>
      {children}
    </details>
  );
}
