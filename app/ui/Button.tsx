import type { ComponentProps, ReactNode } from "react";

import styles from "./Button.module.css";
import { cx } from "./cx.ts";

interface ButtonProps extends ComponentProps<"button"> {
  /** One primary button a view. */
  variant?: "primary" | "secondary" | "ghost" | "danger";
  size?: "small" | "medium" | "large";
  icon?: ReactNode;
}

export function Button({
  variant = "secondary",
  size = "medium",
  icon,
  className,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={cx(styles["button"], styles[variant], styles[size], className)}
    >
      {icon}
      {children}
    </button>
  );
}
