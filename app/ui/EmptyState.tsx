import type { ReactNode } from "react";

import styles from "./EmptyState.module.css";

interface EmptyStateProps {
  title: string;
  children: ReactNode;
  /** The one thing to run. */
  action?: ReactNode;
}

export function EmptyState({ title, children, action }: EmptyStateProps) {
  return (
    <div className={styles["empty"]}>
      <h2>{title}</h2>
      <div className={styles["text"]}>{children}</div>
      {action}
    </div>
  );
}
