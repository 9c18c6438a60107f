import { useState } from "react";

import { serializeError, type CatalogModel, type SerializedError } from "../../../protocol/index.ts";
import { useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { TextField } from "../../ui/Fields.tsx";
import { formatBytes } from "../../ui/format.ts";
import { searchCatalog } from "./derive.ts";
import { type LoadModel } from "./ModelsView.tsx";

type CatalogState =
  | { readonly type: "unasked" | "asking" }
  | { readonly type: "listed"; readonly models: readonly CatalogModel[] }
  | { readonly type: "failed"; readonly error: SerializedError };

/** WebLLM's models with what each needs, and why it cannot run here where it cannot. */
export function Catalog({ onLoad, disabled }: { onLoad: LoadModel; disabled: boolean }) {
  const { client } = useServices();
  const [state, setState] = useState<CatalogState>({ type: "unasked" });
  const [query, setQuery] = useState("");
  const ask = async () => {
    setState({ type: "asking" });
    try {
      setState({ type: "listed", models: await client.call("catalog", null) });
    } catch (error) {
      setState({ type: "failed", error: serializeError(error) });
    }
  };
  return (
    <Card title="WebLLM catalog" tag="larger models, another engine, downloads from the network">
      {state.type === "failed" && (
        <ErrorNotice error={state.error} actions={<Button onClick={() => void ask()}>Try again</Button>} />
      )}
      {(state.type === "unasked" || state.type === "asking") && (
        <EmptyState
          title="Models of WebLLM"
          action={
            <Button disabled={state.type === "asking"} onClick={() => void ask()}>
              {state.type === "asking" ? "Reading the list…" : "List the models"}
            </Button>
          }
        >
          <p>
            The list comes with WebLLM, whose 7 MB are fetched when you ask. Its engine queues requests one at
            a time and does not tell cached tokens.
          </p>
        </EmptyState>
      )}
      {state.type === "listed" && (
        <>
          <TextField label="Search" value={query} placeholder="llama 1b" onChange={setQuery} />
          <DataTable
            caption="Models of the WebLLM catalog"
            maxHeight={420}
            rows={searchCatalog(state.models, query)}
            rowKey={({ id }) => id}
            columns={[
              { key: "id", header: "Model", cell: ({ id }) => <code>{id}</code> },
              {
                key: "vram",
                header: "Memory",
                align: "right",
                cell: ({ vramBytes }) => formatBytes(vramBytes),
              },
              { key: "features", header: "Needs", cell: (row) => row.requiredFeatures.join(", ") },
              {
                key: "load",
                header: "Here",
                align: "right",
                cell: ({ id, backend, unavailableReason }) =>
                  unavailableReason ?? (
                    <Button
                      size="small"
                      aria-label={`Load ${id}`}
                      disabled={disabled}
                      onClick={() => onLoad(id, { id }, backend)}
                    >
                      Load
                    </Button>
                  ),
              },
            ]}
          />
        </>
      )}
    </Card>
  );
}
