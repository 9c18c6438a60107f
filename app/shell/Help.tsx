import { Dialog } from "@base-ui/react/dialog";

import { metricFormulas } from "../../protocol/index.ts";
import { Button } from "../ui/Button.tsx";
import styles from "./Help.module.css";

const keys = [
  ["?", "this help"],
  ["Ctrl+K", "every view and action by name"],
  ["Tab, Shift+Tab", "from control to control"],
  ["← →", "token by token in a focused strip, with id and latency"],
  ["← →", "steps and lessons in the presenter mode of Learn"],
  ["Ctrl+Enter", "send in the playground"],
  ["Esc", "stop a generation, close a dialog"],
] as const;

export function Help({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles["backdrop"]} />
        <Dialog.Popup className={styles["popup"]}>
          <Dialog.Title className={styles["title"]}>Help</Dialog.Title>
          <h3>Keys</h3>
          <dl>
            {keys.map(([key, what]) => (
              <div key={what}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <h3>Metrics, one definition each</h3>
          <dl>
            {Object.entries(metricFormulas).map(([name, formula]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{formula}</dd>
              </div>
            ))}
          </dl>
          <Dialog.Close render={<Button className={styles["close"]} />}>Close</Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
