import { Tooltip as Base } from "@base-ui/react/tooltip";
import type { ReactElement, ReactNode } from "react";

import styles from "./Tooltip.module.css";

interface TooltipProps {
  content: ReactNode;
  /** One element that can take focus. */
  children: ReactElement<Record<string, unknown>>;
  /** Where more than the child's hover and focus decides. */
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}

export function Tooltip({ content, children, ...control }: TooltipProps) {
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

/** A metric's name that shows its formula on hover and focus. */
export function Formula({ name, formula }: { name: ReactNode; formula: string }) {
  return (
    <Tooltip content={<span className={styles["formula"]}>= {formula}</span>}>
      <button type="button" className={styles["term"]} aria-description={formula}>
        {name}
      </button>
    </Tooltip>
  );
}
