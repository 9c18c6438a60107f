import { useEffect, useRef } from "react";

import { Button } from "../../ui/Button.tsx";
import styles from "./compare.module.css";
import type { LiveCall } from "../../lab/experiments/compare/live.ts";

/** One call's prompt and answer as text. A modal: Escape closes it and gives the focus back. */
export function CallDialog({ call, onClose }: { call: LiveCall; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const answer = call.record?.text ?? call.tokens.map(({ text }) => text).join("");
  return (
    <dialog ref={dialog} className={styles["dialog"]} aria-label={`Call ${call.callId}`} onClose={onClose}>
      <header>
        <h2>{call.callId}</h2>
        <Button size="small" onClick={() => dialog.current?.close()}>
          Close
        </Button>
      </header>
      {call.messages.map(({ role, content }, index) => (
        <section key={index}>
          <h3>{role}</h3>
          <pre>{content}</pre>
        </section>
      ))}
      <section>
        <h3>
          answer
          {call.record?.finishReason === "length" ? " (cut at the token limit)" : ""}
        </h3>
        <pre>{answer === "" ? "(empty)" : answer}</pre>
      </section>
    </dialog>
  );
}
