import type { ReactNode } from "react";

import { Button } from "./Button.tsx";

interface RunButtonProps {
  running: boolean;
  /** What a run is called here: "Run the comparison", "Run again". */
  label: string;
  onRun: () => void;
  onCancel: () => void;
  disabled?: boolean;
  /** Why it is disabled, or what the run costs. */
  title?: string | undefined;
  variant?: "primary" | "secondary";
  size?: "small" | "medium" | "large";
  icon?: ReactNode;
}

/**
 * Starts a run and, while it goes on, cancels it. One button of two labels: the node stays, so the
 * focus of who pressed it stays too, after a start, an end and a cancel.
 */
export function RunButton({
  running,
  label,
  onRun,
  onCancel,
  disabled = false,
  title,
  variant = "primary",
  size = "large",
  icon,
}: RunButtonProps) {
  return (
    <Button
      size={size}
      variant={running ? "danger" : variant}
      disabled={disabled && !running}
      title={running ? "Esc cancels too" : title}
      icon={running ? undefined : icon}
      // Held down, Enter would start and cancel in turn.
      onKeyDown={(event) => {
        if (event.repeat) event.preventDefault();
      }}
      onClick={(event) => {
        if (!running) onRun();
        // The second click of a double click is no wish to cancel what the first one started.
        else if (event.detail <= 1) onCancel();
      }}
    >
      {running ? "Cancel" : label}
    </Button>
  );
}
