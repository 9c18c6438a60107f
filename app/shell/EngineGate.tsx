import type { ReactNode } from "react";

import { useEngine, useServices } from "../store/services.tsx";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/EmptyState.tsx";
import { engineName } from "../ui/engine-name.ts";

/** A view that needs our engine; with another one loaded it says so instead of showing nothing. */
export function EngineGate({ name, children }: { name: string; children: ReactNode }) {
  const { engine } = useServices();
  const other = useEngine(({ load }) =>
    load.type === "ready" && load.model.backend !== "paged" ? load.model : null,
  );
  if (other === null) return children;
  return (
    <Card>
      <EmptyState
        title={`${name} needs the Inferscope engine`}
        action={
          <Button variant="primary" onClick={() => void engine.actions.loadEmbedded()}>
            Load the embedded model
          </Button>
        }
      >
        <p>
          {other.id} runs on {engineName(other.backend)}, which tells neither its steps nor its cache. Compare
          and Playground work with it.
        </p>
      </EmptyState>
    </Card>
  );
}
