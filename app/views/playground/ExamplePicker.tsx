import { Play } from "lucide-react";
import { useMemo } from "react";

import { embeddedModelId } from "../../store/engine-store.ts";
import { useEngine, usePlayground, useServices, useSettings } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { examples, type Example } from "./examples.ts";
import styles from "./ExamplePicker.module.css";

/** The empty state: one thing to run, others to try. */
export function ExamplePicker() {
  const { playground } = useServices();
  const load = useEngine((state) => state.load);
  const mode = usePlayground((state) => state.mode);
  const sampling = useSettings((settings) => settings.sampling);
  const offered = useMemo(() => examples(7).filter((example) => example.mode === mode), [mode]);
  const ready = load.type === "ready";
  const able = ready && load.capabilities.structuredOutput;
  const embedded = !ready || load.model.id.startsWith(embeddedModelId.slice(0, 5));
  const [first, ...others] = offered;
  const run = (example: Example) => {
    playground.store.setState(({ structured }) => ({
      mode: example.mode,
      system: example.system,
      structured:
        example.schema === undefined || !able
          ? { ...structured, type: "text" }
          : { type: "json_schema", schemaText: JSON.stringify(example.schema, null, 2) },
    }));
    playground.actions.send(example.user, sampling);
  };
  return (
    <EmptyState
      title={mode === "chat" ? "Ask it something" : "Give it a beginning"}
      action={
        first !== undefined && (
          <>
            <Button
              variant="primary"
              size="large"
              disabled={!ready}
              icon={<Play aria-hidden />}
              onClick={() => run(first)}
            >
              {first.title}
            </Button>
            {others.length > 0 && (
              <div className={styles["others"]}>
                {others.map((example) => (
                  <Button key={example.title} size="small" disabled={!ready} onClick={() => run(example)}>
                    {example.title}
                  </Button>
                ))}
              </div>
            )}
          </>
        )
      }
    >
      {embedded ? (
        <p>
          The embedded model is tiny and knows two tasks: it analyzes a user record of a shop, and it extracts
          email addresses. For other prompts load a larger model in <a href="#/models">Models</a>.
        </p>
      ) : (
        <p>Write a prompt below, or run an example.</p>
      )}
    </EmptyState>
  );
}
