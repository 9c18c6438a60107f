import { useEffect, useState } from "react";

import {
  serializeError,
  type CatalogModel,
  type ModelFacts,
  type SerializedError,
} from "../../../protocol/index.ts";
import { useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { FieldGrid, Select, TextField } from "../../ui/Fields.tsx";
import {
  memoryBudget,
  memoryChoices,
  searchCatalog,
  type CatalogFilter,
  type EngineChoice,
  type MemoryChoice,
  type SortChoice,
} from "./catalog.ts";
import styles from "./Catalog.module.css";
import { CatalogRow } from "./CatalogRow.tsx";
import { kvChoices, type KvChoice } from "./derive.ts";
import type { CatalogProps } from "./load-model.ts";
import { RunnerSelect } from "./RunnerSelect.tsx";

type CatalogState =
  | { readonly type: "asking" }
  | { readonly type: "listed"; readonly models: readonly CatalogModel[] }
  | { readonly type: "failed"; readonly error: SerializedError };

/** One list of models for both engines: what each can run here, what it takes, and why not. */
export function Catalog(props: CatalogProps) {
  const { client } = useServices();
  const { own } = props;
  const [state, setState] = useState<CatalogState>({ type: "asking" });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let shown = true;
    client.call("catalog", { own }).then(
      (models) => {
        if (shown) setState({ type: "listed", models });
      },
      (error: unknown) => {
        if (shown) setState({ type: "failed", error: serializeError(error) });
      },
    );
    return () => {
      shown = false;
    };
  }, [client, attempt, own]);
  const again = () => {
    setState({ type: "asking" });
    setAttempt(attempt + 1);
  };
  return (
    <Card title="Catalog" tag="downloads from the network">
      <p className={styles["note"]}>
        The models of WebLLM, another engine for this page by the MLC project, and your own. Both engines read
        the same files, so what one has downloaded the other loads from storage. WebLLM runs more
        architectures and answers one request at a time; Inferscope shows what happens inside. Licences are a
        table by family of 2026-11-24; what holds is on the model&apos;s page.
      </p>
      {state.type === "failed" && (
        <ErrorNotice
          error={state.error}
          meaning="The list comes with WebLLM's own script, which did not arrive. What is loaded stays loaded."
          actions={<Button onClick={again}>Try again</Button>}
        />
      )}
      {state.type === "asking" && (
        <EmptyState title="Fetching the list">
          <p>It is part of WebLLM's script of 6 MB, which is fetched only now.</p>
        </EmptyState>
      )}
      {state.type === "listed" && <CatalogList {...props} models={state.models} />}
    </Card>
  );
}

const engineChoices: readonly { readonly value: EngineChoice; readonly label: string }[] = [
  { value: "either", label: "Either, on this adapter" },
  { value: "paged", label: "Inferscope" },
  { value: "web-llm", label: "WebLLM" },
  { value: "all", label: "All, with why not" },
];

const sortChoices: readonly { readonly value: SortChoice; readonly label: string }[] = [
  { value: "memory", label: "memory" },
  { value: "download", label: "download" },
  { value: "name", label: "name" },
];

/** Chrome tells the device's memory, in coarse steps; other browsers do not. */
function reportedMemoryGb(): number | null {
  const reported: unknown = Reflect.get(navigator, "deviceMemory");
  return typeof reported === "number" ? reported : null;
}

const initial = { query: "", engine: "either", memory: "any", sort: "memory" } as const;

function CatalogList({ models, ...props }: CatalogProps & { models: readonly CatalogModel[] }) {
  const [filter, setFilter] = useState<Omit<CatalogFilter, "kvTokens">>(initial);
  const [kv, setKv] = useState<KvChoice>("2048");
  const [facts, setFacts] = useState<Readonly<Record<string, ModelFacts>>>({});
  const shown = searchCatalog(models, { ...filter, kvTokens: Number(kv) }, ({ url }) => facts[url] ?? null);
  const budget = memoryBudget(filter.memory, reportedMemoryGb());
  const set = (change: Partial<typeof filter>) => setFilter({ ...filter, ...change });
  return (
    <>
      <FieldGrid>
        <TextField
          label="Search"
          help="Words of the name, the family or the licence"
          value={filter.query}
          placeholder="llama 1b"
          onChange={(query) => set({ query })}
        />
        <Select<EngineChoice>
          label="Runs in"
          value={filter.engine}
          options={engineChoices}
          onChange={(engine) => set({ engine })}
        />
        <Select<MemoryChoice>
          label="GPU memory"
          help="Weights, KV cache and scratch together. Pages are not told how much there is."
          value={filter.memory}
          options={memoryChoices}
          onChange={(memory) => set({ memory })}
        />
        <Select<SortChoice>
          label="Sort by"
          value={filter.sort}
          options={sortChoices}
          onChange={(sort) => set({ sort })}
        />
        <Select<KvChoice>
          label="KV pool in Inferscope"
          help="Tokens of all running and cached sequences together"
          value={kv}
          options={kvChoices}
          onChange={setKv}
        />
        <RunnerSelect runner={props.runner} setRunner={props.setRunner} />
      </FieldGrid>
      <p className={styles["note"]} role="status">
        {shown.length} of {models.length} models
      </p>
      {shown.length === 0 ? (
        <p className={styles["note"]}>
          None fits. Change the search, or choose “All, with why not” to see what speaks against the others.
        </p>
      ) : (
        // Focusable, so that the keyboard can scroll it.
        <div className={styles["scroll"]} tabIndex={0} role="region" aria-label="Models of the catalog">
          <ul className={styles["list"]}>
            {shown.map((model) => (
              <CatalogRow
                key={`${model.own ? "own" : "listed"} ${model.id}`}
                {...props}
                model={model}
                kvTokens={Number(kv)}
                budget={budget}
                facts={facts[model.url] ?? null}
                onFacts={(read) => setFacts((known) => ({ ...known, [model.url]: read }))}
              />
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
