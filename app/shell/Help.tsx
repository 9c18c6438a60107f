import { Dialog } from "@base-ui/react/dialog";

import { metricFormulas } from "../../protocol/index.ts";
import { Button } from "../ui/Button.tsx";
import styles from "./Help.module.css";

const keys = [
  ["?", "this help"],
  ["Ctrl+K", "every view and action by name"],
  ["Tab, Shift+Tab", "from control to control"],
  ["← →", "token by token in a focused strip, with id and latency"],
  ["← →", "steps and lessons in the presenter mode of Lessons"],
  ["Ctrl+Enter", "send in the playground"],
  ["Esc", "cancel a run, stop a generation, close a dialog"],
] as const;

/** Every word of the status bar, in its order. */
const statusBar = [
  ["model", "What answers: its name and how its numbers are packed; q4f16 is 4 bits a weight, f32 is 32."],
  ["random weights", "A model of the right shape without training: right times, meaningless text."],
  [
    "engine",
    "What runs the model. paged is this page's own engine; WebLLM and a server of yours can run too.",
  ],
  ["CPU", "The processor computes, since there is no GPU for it: same tokens, much slower."],
  [
    "adapter",
    "The GPU, as the browser names it. software: no GPU, the processor plays one, so times are a CPU's.",
  ],
  ["f16, f32", "What the GPU computes with: 16-bit numbers are faster, not every GPU offers them."],
  [
    "KV … / … blocks",
    "Memory for what the model has read so far, in blocks of some tokens: in use / in all. A prefix that is kept there need not be computed again.",
  ],
  ["clock", "The smallest step of time that this page can measure. Shorter times are not told apart."],
] as const;

export function Help({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles["backdrop"]} />
        <Dialog.Popup className={styles["popup"]}>
          <Dialog.Title className={styles["title"]}>Help</Dialog.Title>
          <p>
            Inferscope runs a language model inside this browser tab and measures what each piece of text (a
            token) costs, so that two ways of asking can be compared. Nothing you enter leaves the tab, unless
            you connect a server yourself.
          </p>
          <h3>The status bar</h3>
          <dl className={styles["words"]}>
            {statusBar.map(([word, what]) => (
              <div key={word}>
                <dt>{word}</dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
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
          <p>
            <a href="./licenses.txt" target="_blank" rel="noopener">
              Licences of everything in this app
            </a>
          </p>
          <Dialog.Close render={<Button className={styles["close"]} />}>Close</Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
