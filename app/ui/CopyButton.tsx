import { Check, Copy } from "lucide-react";
import { useState } from "react";

import { Button } from "./Button.tsx";

/** Copies text; says so, and says when the browser refuses. */
export function CopyButton({ text, label = "Copy" }: { text: () => string; label?: string }) {
  const [state, setState] = useState<"idle" | "copied" | "refused">("idle");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setState("copied");
    } catch {
      setState("refused");
    }
    window.setTimeout(() => setState("idle"), 2000);
  };
  return (
    <Button
      icon={state === "copied" ? <Check aria-hidden /> : <Copy aria-hidden />}
      onClick={() => void copy()}
    >
      <span aria-live="polite">
        {state === "idle" ? label : state === "copied" ? "Copied" : "The browser refused"}
      </span>
    </Button>
  );
}
