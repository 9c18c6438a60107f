import { Tooltip as Base } from "@base-ui/react/tooltip";
import type { ReactElement, ReactNode } from "react";

import styles from "./Tooltip.module.css";

/** What a tooltip needs of `Tooltip`. */
export interface TooltipProps {
  content: ReactNode;
  /** One element that can take focus. */
  children: ReactElement<Record<string, unknown>>;
  /** Where more than the child's hover and focus decides. */
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}

/** In a chunk of its own: see `Tooltip`. */
export function FloatingTooltip({ content, children, ...control }: TooltipProps) {
  return (
    <Base.Root {...control}>
      <Base.Trigger delay={250} render={children} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} className={styles["positioner"]}>
          <Base.Popup className={styles["popup"]}>{content}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
