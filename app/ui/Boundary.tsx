import { Component, useEffect, type ReactNode } from "react";

import { serializeError, type SerializedError } from "../../protocol/index.ts";
import { Button } from "./Button.tsx";
import { ErrorNotice } from "./ErrorNotice.tsx";

interface BoundaryProps {
  /** What is gone when it throws: "Compare", "The chart". */
  name: string;
  children: ReactNode;
}

interface BoundaryState {
  readonly error: SerializedError | null;
}

/** What throws while it is drawn is said in its place; all around it stays, and another address begins anew. */
export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override readonly state: BoundaryState = { error: null };

  static getDerivedStateFromError(cause: unknown): Partial<BoundaryState> {
    return { error: serializeError(cause) };
  }

  override render(): ReactNode {
    const { name, children } = this.props;
    const { error } = this.state;
    if (error === null) return children;
    return <Failed name={name} error={error} onTryAgain={this.#tryAgain} />;
  }

  readonly #tryAgain = () => this.setState({ error: null });
}

interface FailedProps {
  name: string;
  error: SerializedError;
  onTryAgain: () => void;
}

function Failed({ name, error, onTryAgain }: FailedProps) {
  useEffect(() => {
    window.addEventListener("hashchange", onTryAgain);
    return () => window.removeEventListener("hashchange", onTryAgain);
  }, [onTryAgain]);
  const isMissing = error.kind === "app-part";
  return (
    <ErrorNotice
      error={isMissing ? error : { ...error, message: `${name} cannot be shown: ${error.message}` }}
      meaning={
        isMissing
          ? `${name} cannot be shown. Everything else goes on.`
          : "This is a defect of the page. Everything else goes on; what was measured and kept is as it was."
      }
      actions={
        // Chrome keeps a failed import for as long as the page lives: trying again would fail at once.
        isMissing ? (
          <Button onClick={() => window.location.reload()}>Reload the page</Button>
        ) : (
          <Button onClick={onTryAgain}>Try again</Button>
        )
      }
    />
  );
}
