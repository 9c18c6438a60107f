import type { ReactNode } from "react";

import styles from "./Card.module.css";
import { cx } from "./cx.ts";
import { Tag } from "./Tag.tsx";

interface CardProps {
  title?: ReactNode;
  /** Short fact beside the title: "3 calls in sequence". */
  tag?: ReactNode;
  actions?: ReactNode;
  className?: string | undefined;
  children: ReactNode;
}

/** A panel with a hairline border; the title is a level-2 heading. */
export function Card({ title, tag, actions, className, children }: CardProps) {
  return (
    <section className={cx(styles["card"], className)}>
      {(title !== undefined || actions !== undefined) && (
        <header className={styles["header"]}>
          <div className={styles["name"]}>
            {title !== undefined && <h2 className={styles["title"]}>{title}</h2>}
            {tag !== undefined && <Tag>{tag}</Tag>}
          </div>
          {actions !== undefined && <div className={styles["actions"]}>{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}
