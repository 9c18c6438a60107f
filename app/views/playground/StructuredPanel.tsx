import { useId } from "react";

import { useEngine, usePlayground, useServices } from "../../store/services.tsx";
import type { StructuredOutput } from "../../store/structured-output.ts";
import { exampleSchema, schemaTextProblem } from "../../store/structured-output.ts";
import { Button } from "../../ui/Button.tsx";
import { Select } from "../../ui/Fields.tsx";
import styles from "./StructuredPanel.module.css";

const types = [
  { value: "text", label: "Free text" },
  { value: "json_object", label: "Any JSON object" },
  { value: "json_schema", label: "JSON by a schema" },
] as const;

/** What answers must be: free, or held to JSON token by token. */
export function StructuredPanel() {
  const { playground } = useServices();
  const structured = usePlayground((state) => state.structured);
  const able = useEngine(({ load }) => load.type !== "ready" || load.capabilities.structuredOutput);
  const id = useId();
  const set = (change: Partial<StructuredOutput>) =>
    playground.store.setState({ structured: { ...structured, ...change } });
  const problem = structured.type === "json_schema" ? schemaTextProblem(structured.schemaText) : null;
  return (
    <div className={styles["panel"]}>
      <Select
        label="Answers are"
        value={structured.type}
        options={types}
        onChange={(type) => set({ type })}
      />
      {structured.type === "json_schema" && (
        <div className={styles["schema"]}>
          <label htmlFor={id}>JSON Schema</label>
          <textarea
            id={id}
            rows={12}
            value={structured.schemaText}
            spellCheck={false}
            aria-invalid={problem !== null}
            aria-describedby={problem === null ? undefined : `${id}-problem`}
            onChange={(event) => set({ schemaText: event.target.value })}
          />
          {problem !== null && (
            <p id={`${id}-problem`} className={styles["problem"]} role="alert">
              {problem}
            </p>
          )}
          <Button size="small" variant="ghost" onClick={() => set({ schemaText: exampleSchema })}>
            Example schema
          </Button>
        </div>
      )}
      {structured.type !== "text" && (
        <p className={styles["note"]}>
          {able
            ? "Before each token a grammar says which may come; the sampler draws among those. An answer that the token limit cuts off is incomplete."
            : "This engine cannot hold answers to a format: the request will be refused."}
        </p>
      )}
    </div>
  );
}
