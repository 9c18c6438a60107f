import { Send, Square } from "lucide-react";
import { useId } from "react";

import { useEngine, usePlayground, useServices, useSettings } from "../../store/services.tsx";
import { schemaTextProblem } from "../../store/structured-output.ts";
import { Button } from "../../ui/Button.tsx";
import styles from "./Composer.module.css";

/** System prompt (chat only), prompt, send and stop. Enter or Ctrl+Enter sends; Shift+Enter breaks the line. */
export function Composer({ busy }: { busy: boolean }) {
  const { playground } = useServices();
  const ready = useEngine((state) => state.load.type === "ready");
  const mode = usePlayground((state) => state.mode);
  const draft = usePlayground((state) => state.draft);
  const system = usePlayground((state) => state.system);
  const sampling = useSettings((settings) => settings.sampling);
  const systemId = useId();
  const promptId = useId();
  const schemaOk = usePlayground(
    ({ structured }) =>
      structured.type !== "json_schema" || schemaTextProblem(structured.schemaText) === null,
  );
  const can = ready && !busy && draft !== "" && schemaOk;
  const send = () => {
    if (can) playground.actions.send(draft, sampling);
  };
  return (
    <form
      className={styles["composer"]}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {mode === "chat" && (
        <details className={styles["system"]}>
          <summary>
            System prompt <span className={styles["preview"]}>{system === "" ? "none" : system}</span>
          </summary>
          <label htmlFor={systemId} className="visually-hidden">
            System prompt
          </label>
          <textarea
            id={systemId}
            rows={3}
            value={system}
            onChange={(event) => playground.store.setState({ system: event.target.value })}
          />
        </details>
      )}
      <label htmlFor={promptId} className="visually-hidden">
        {mode === "chat" ? "Message" : "Text to continue"}
      </label>
      <textarea
        id={promptId}
        rows={3}
        value={draft}
        placeholder={mode === "chat" ? "Message" : "Text to continue, given to the model as it is"}
        onChange={(event) => playground.store.setState({ draft: event.target.value })}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <div className={styles["actions"]}>
        <span>Enter sends, Shift+Enter breaks the line</span>
        {busy ? (
          <Button variant="danger" icon={<Square aria-hidden />} onClick={() => playground.actions.stop()}>
            Stop
          </Button>
        ) : (
          <Button type="submit" variant="primary" icon={<Send aria-hidden />} disabled={!can}>
            {mode === "chat" ? "Send" : "Complete"}
          </Button>
        )}
      </div>
    </form>
  );
}
