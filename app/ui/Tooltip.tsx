import { lazy, Suspense, type ReactNode } from "react";

import type { TooltipProps } from "./FloatingTooltip.tsx";
import styles from "./Tooltip.module.css";

/** Nothing is pointed at before the first input, so what places a tooltip is no part of the first load. */
const firstInput = (): Promise<void> =>
  new Promise((resolve) => {
    const found = () => {
      for (const type of inputs) window.removeEventListener(type, found, true);
      resolve();
    };
    for (const type of inputs) window.addEventListener(type, found, { capture: true, passive: true });
  });

const inputs = ["pointerover", "pointermove", "keydown", "touchstart"] as const;

const Floating = lazy(async () => {
  await firstInput();
  const loaded = await import("./FloatingTooltip.tsx").catch(() => null);
  // Without its chunk a tooltip is not there; what it belongs to is.
  return { default: loaded?.FloatingTooltip ?? Plain };
});

const Plain = ({ children }: TooltipProps) => children;

/** Its one child, which says more on hover and focus. */
export function Tooltip(props: TooltipProps) {
  return (
    <Suspense fallback={props.children}>
      <Floating {...props} />
    </Suspense>
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
