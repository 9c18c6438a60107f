import type { ReactNode } from "react";

import { cx } from "./cx.ts";
import styles from "./Tag.module.css";

interface TagProps {
  tone?: "plain" | "good" | "bad" | "warn" | "cached";
  children: ReactNode;
}

/** A small bordered fact. */
export function Tag({ tone = "plain", children }: TagProps) {
  return <span className={cx(styles["tag"], styles[tone])}>{children}</span>;
}
