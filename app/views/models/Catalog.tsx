import { useEffect, useState } from "react";

import { serializeError, type CatalogModel, type SerializedError } from "../../../protocol/index.ts";
import { useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { FieldGrid, Select, Switch, TextField } from "../../ui/Fields.tsx";
import { formatBytes } from "../../ui/format.ts";
import { Tag } from "../../ui/Tag.tsx";
import styles from "./Catalog.module.css";
import { memoryChoices, searchCatalog, type CatalogFilter, type MemoryChoice } from "./derive.ts";
import type { LoadModel } from "./ModelsView.tsx";

type CatalogState =
  | { readonly type: "asking" }
  | { readonly type: "listed"; readonly models: readonly CatalogModel[] }
  | { readonly type: "failed"; readonly error: SerializedError };

interface CatalogProps {
  onLoad: LoadModel;
  disabled: boolean;
  loadedId: string | null;
}

/** WebLLM's models with what each needs, and why it cannot run here where it cannot. */
export function Catalog(props: CatalogProps) {
  const { client } = useServices();
  const [state, setState] = useState<CatalogState>({ type: "asking" });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let shown = true;
    client.call("catalog", null).then(
      (models) => {
        const own = models.filter(({ backend }) => backend === "web-llm");
        if (shown) setState({ type: "listed", models: own });
      },
      (error: unknown) => {
        if (shown) setState({ type: "failed", error: serializeError(error) });
      },
    );
    return () => {
      shown = false;
    };
  }, [client, attempt]);
  const again = () => {
    setState({ type: "asking" });
    setAttempt(attempt + 1);
  };
  return (
    <Card title="WebLLM catalog" tag="downloads from the network">
      <p className={styles["note"]}>
        WebLLM is another engine for this page, by the MLC project. It answers one request at a time, others
        wait in its queue; it keeps the KV cache of the last conversation only. Weights come from Hugging
        Face, the compiled library of each model from GitHub.
      </p>
      {state.type === "failed" && (
        <ErrorNotice
          error={state.error}
          meaning="The list comes with WebLLM's own script, which did not arrive. What is loaded stays loaded."
          actions={<Button onClick={again}>Try again</Button>}
        />
      )}
      {state.type === "asking" && (
        <EmptyState title="Fetching WebLLM">
          <p>Its script is 6 MB; it is fetched only now, and its list of models is part of it.</p>
        </EmptyState>
      )}
      {state.type === "listed" && <CatalogList {...props} models={state.models} />}
    </Card>
  );
}

function CatalogList({ models, ...props }: CatalogProps & { models: readonly CatalogModel[] }) {
  const [filter, setFilter] = useState<CatalogFilter>({ query: "", memory: "any", onlyAble: true });
  const shown = searchCatalog(models, filter);
  const set = (change: Partial<CatalogFilter>) => setFilter({ ...filter, ...change });
  return (
    <>
      <FieldGrid>
        <TextField
          label="Search"
          value={filter.query}
          placeholder="llama 1b"
          onChange={(query) => set({ query })}
        />
        <Select<MemoryChoice>
          label="GPU memory"
          help="What WebLLM states for weights, KV cache and scratch; browsers do not tell how much there is"
          value={filter.memory}
          options={memoryChoices}
          onChange={(memory) => set({ memory })}
        />
      </FieldGrid>
      <Switch
        label="Only what this adapter can run"
        checked={filter.onlyAble}
        onChange={(onlyAble) => set({ onlyAble })}
      />
      <p className={styles["note"]} role="status">
        {shown.length} of {models.length} models
      </p>
      {shown.length === 0 ? (
        <p className={styles["note"]}>
          None fits. Change the search, or show what this adapter cannot run to see why.
        </p>
      ) : (
        // Focusable, so that the keyboard can scroll it.
        <div className={styles["scroll"]} tabIndex={0} role="region" aria-label="Models of WebLLM">
          <ul className={styles["list"]}>
            {shown.map((model) => (
              <CatalogRow key={model.id} model={model} {...props} />
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

function CatalogRow({ model, onLoad, disabled, loadedId }: CatalogProps & { model: CatalogModel }) {
  const { id, backend, vramBytes, contextWindow, lowResource, unavailableReason, caution } = model;
  return (
    <li className={styles["row"]}>
      <div>
        <code>{id}</code>
        <p className={styles["facts"]}>
          <span>{vramBytes === null ? "memory not stated" : `${formatBytes(vramBytes)} GPU memory`}</span>
          {contextWindow !== null && <span>context {contextWindow} tokens</span>}
          {lowResource === true && <span>for small devices too</span>}
        </p>
        {unavailableReason !== null && <p className={styles["reason"]}>{unavailableReason}</p>}
        {caution !== null && <p className={styles["caution"]}>{caution}</p>}
      </div>
      {loadedId === id ? (
        <Tag tone="good">loaded</Tag>
      ) : (
        unavailableReason === null && (
          <Button
            size="small"
            aria-label={`Load ${id}`}
            disabled={disabled}
            onClick={() => onLoad(id, { id }, backend)}
          >
            Load
          </Button>
        )
      )}
    </li>
  );
}
