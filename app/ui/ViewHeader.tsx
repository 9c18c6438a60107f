import type { ReactNode } from "react";

import styles from "./ViewHeader.module.css";

export interface ViewHeaderProps {
  /** The question this screen answers. */
  question: string;
  sub?: ReactNode;
  actions?: ReactNode;
}

export function ViewHeader({ question, sub, actions }: ViewHeaderProps) {
  return (
    <header className={styles["header"]}>
      <div>
        <h1>{question}</h1>
        {sub !== undefined && <p>{sub}</p>}
      </div>
      {actions !== undefined && <div className={styles["actions"]}>{actions}</div>}
    </header>
  );
}
