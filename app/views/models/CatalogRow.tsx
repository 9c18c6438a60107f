import { useState, type ReactNode } from "react";

import {
  hostedUrl,
  serializeError,
  type CatalogModel,
  type ModelFacts,
  type SerializedError,
} from "../../../protocol/index.ts";
import { useEngine, useServices, useSettings } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { engineName } from "../../ui/engine-name.ts";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatBytes, formatCount } from "../../lab/format.ts";
import { Tag } from "../../ui/Tag.tsx";
import { Formula } from "../../ui/Tooltip.tsx";
import {
  downloadBytes,
  kvProblem,
  memoryCaution,
  modelPage,
  pagedMemory,
  type CatalogEngine,
  type MemoryBudget,
  type PagedMemory,
} from "./catalog.ts";
import type { CatalogProps } from "./load-model.ts";
import styles from "./Catalog.module.css";
import { blocksFor, storedName } from "./derive.ts";

interface CatalogRowProps extends Pick<CatalogProps, "onLoad" | "disabled" | "stored"> {
  model: CatalogModel;
  kvTokens: number;
  budget: MemoryBudget | null;
  facts: ModelFacts | null;
  onFacts: (facts: ModelFacts) => void;
}

export function CatalogRow({ model, stored, onFacts, ...line }: CatalogRowProps) {
  const { facts, onLoad, disabled, budget } = line;
  const { client } = useServices();
  const hosts = useSettings((settings) => settings.hosts);
  const [reading, setReading] = useState(false);
  const [error, setError] = useState<SerializedError | null>(null);
  const { id, own, family, contextWindow } = model;
  const url = hostedUrl(model.url, hosts);
  const read = () => {
    setReading(true);
    setError(null);
    client
      .call("inspect", { url })
      .then(onFacts, (reason: unknown) => setError(serializeError(reason)))
      .finally(() => setReading(false));
  };
  const download = downloadBytes(model, facts);
  return (
    <li className={styles["row"]}>
      <div className={styles["head"]}>
        <code>{id}</code>
        {own && <Tag>your own</Tag>}
        {stored.some((each) => each.url === url && each.storedBytes >= each.totalBytes) && (
          <Tag tone="cached">stored: no download</Tag>
        )}
        <p className={styles["facts"]}>
          {download === null ? (
            <span>download not known before its files are read</span>
          ) : (
            <span>
              {download.isEstimate && "about "}
              {formatBytes(download.bytes)}{" "}
              <Formula
                name={download.isEstimate ? "download, estimate" : "download"}
                formula={download.source}
              />
            </span>
          )}
          <span>
            {family?.licence ?? "licence"}:{" "}
            <a href={modelPage(model.url)} target="_blank" rel="noopener noreferrer">
              see the model page<span className="visually-hidden"> of {id}</span>
            </a>
          </span>
          {family !== null && <span>{family.architecture}</span>}
          {facts?.config != null && (
            <span>
              {facts.config.numLayers} layers, context {facts.config.contextWindow} tokens, vocabulary{" "}
              {formatCount(facts.config.vocabSize)}
            </span>
          )}
          {facts === null && (
            <Button
              size="small"
              variant="ghost"
              aria-label={`Read the files of ${id}`}
              disabled={reading}
              onClick={read}
            >
              {reading ? "Reading its files" : "Read its files"}
            </Button>
          )}
        </p>
        {error !== null && (
          <ErrorNotice error={error} tone="warning" meaning="The figures above stay estimates." />
        )}
      </div>
      <PagedLine {...line} model={model} url={url} />
      <EngineLine
        engine="web-llm"
        model={model}
        disabled={disabled}
        memory={
          model.vramBytes !== null && (
            <>
              {formatBytes(model.vramBytes)}{" "}
              <Formula
                name="stated"
                formula={`WebLLM's own figure for weights, KV cache and scratch, at a context of ${contextWindow ?? "its"} tokens`}
              />
            </>
          )
        }
        problem={model.fits["web-llm"].unavailableReason}
        caution={model.fits["web-llm"].caution ?? memoryCaution(model.vramBytes, budget)}
        isLoaded={useIsLoaded("web-llm", own ? storedName(model.url) : id)}
        onLoad={() =>
          own && model.modelLib !== null
            ? onLoad(id, { url, modelLib: hostedUrl(model.modelLib, hosts) }, "web-llm")
            : onLoad(id, { id }, "web-llm")
        }
      />
    </li>
  );
}

interface PagedLineProps extends Omit<CatalogRowProps, "stored" | "onFacts"> {
  url: string;
}

/** Our engine: what its parts take is known, by the shape or by the model's own files. */
function PagedLine({ model, facts, kvTokens, budget, disabled, onLoad, url }: PagedLineProps) {
  const adapter = useEngine((state) => state.adapter);
  const memory = pagedMemory(model, facts, kvTokens);
  const shape = facts?.config ?? model.shape;
  const { unavailableReason, caution } = model.fits.paged;
  const pool = shape === null ? null : kvProblem(shape, kvTokens, adapter);
  return (
    <EngineLine
      engine="paged"
      model={model}
      disabled={disabled}
      memory={
        memory !== null && (
          <>
            {memory.isEstimate && "about "}
            {formatBytes(memory.total)}:{" "}
            <Formula name="weights" formula="matrices as packed for the kernels, and the norms" />{" "}
            {formatBytes(memory.weights)},{" "}
            <Formula name="KV" formula={`${kvTokens} tokens × 2 × layers × KV heads × head size × 4 bytes`} />{" "}
            {formatBytes(memory.kv)},{" "}
            <Formula name="scratch" formula="activations of 512 rows, logits of the samples" />{" "}
            {formatBytes(memory.scratch)}
            {budget !== null && <MemoryBar memory={memory} budget={budget} />}
          </>
        )
      }
      problem={facts?.problem?.message ?? unavailableReason ?? pool}
      // What its own files say has answered what the name left open.
      caution={(facts === null ? caution : null) ?? memoryCaution(memory?.total ?? null, budget)}
      isLoaded={useIsLoaded("paged", storedName(model.url))}
      onLoad={() => onLoad(model.id, { url }, "paged", { numBlocks: blocksFor(kvTokens) })}
    />
  );
}

/** The figures stand beside it. */
function MemoryBar({ memory, budget }: { memory: PagedMemory; budget: MemoryBudget }) {
  const share = (bytes: number) => `${(100 * bytes) / Math.max(budget.bytes, memory.total)}%`;
  return (
    <div className={styles["bar"]} aria-hidden title={`of ${formatBytes(budget.bytes)}, ${budget.source}`}>
      {[memory.weights, memory.kv, memory.scratch].map((bytes, part) => (
        <span key={part} style={{ width: share(bytes) }} />
      ))}
    </div>
  );
}

interface EngineLineProps {
  engine: CatalogEngine;
  model: CatalogModel;
  memory: ReactNode;
  problem: string | null;
  caution: string | null;
  isLoaded: boolean;
  disabled: boolean;
  onLoad: () => void;
}

function EngineLine({
  engine,
  model,
  memory,
  problem,
  caution,
  isLoaded,
  disabled,
  onLoad,
}: EngineLineProps) {
  const name = engineName(engine);
  return (
    <div className={styles["engine"]}>
      <b>{name}</b>
      <div>
        {problem === null ? (
          <span>{memory === false ? "memory not known" : memory}</span>
        ) : (
          <p className={styles["reason"]}>{problem}</p>
        )}
        {problem === null && caution !== null && <p className={styles["caution"]}>{caution}</p>}
      </div>
      {isLoaded ? (
        <Tag tone="good">loaded</Tag>
      ) : (
        problem === null && (
          <Button
            size="small"
            aria-label={`Load ${model.id} in ${name}`}
            disabled={disabled}
            onClick={onLoad}
          >
            Load in {name}
          </Button>
        )
      )}
    </div>
  );
}

function useIsLoaded(engine: CatalogEngine, id: string): boolean {
  return useEngine(
    ({ load }) => load.type === "ready" && load.model.backend === engine && load.model.id === id,
  );
}
