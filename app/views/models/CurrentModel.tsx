import type { Capabilities, ModelInfo } from "../../../protocol/index.ts";
import { useEngine, useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { engineName } from "../../ui/engine-name.ts";
import { formatBytes, formatCount, unknown } from "../../lab/format.ts";
import { Tag } from "../../ui/Tag.tsx";
import { Formula } from "../../ui/Tooltip.tsx";
import { memoryParts } from "./derive.ts";
import styles from "./ModelsView.module.css";

interface CurrentModelProps {
  model: ModelInfo;
  capabilities: Capabilities;
}

/** The loaded model's own figures, and how its engine serves; what the engine does not tell is named. */
export function CurrentModel({ model, capabilities }: CurrentModelProps) {
  const { engine } = useServices();
  const gpuMemory = useEngine((state) => state.gpuMemory);
  const parts = memoryParts(model);
  const knownParts = parts.filter(({ bytes }) => bytes !== null);
  const total = parts.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  const facts: readonly [string, string][] = [
    ["Architecture", model.architecture ?? unknown],
    ["Quantization", model.quantization ?? unknown],
    ["Parameters", formatCount(model.numParams)],
    ["Context window", model.contextWindow === null ? unknown : `${model.contextWindow} tokens`],
    ["Vocabulary", model.vocabSize === null ? unknown : `${model.vocabSize} tokens`],
    ["KV per token", formatBytes(model.kvBytesPerToken)],
    [
      "KV pool",
      model.numBlocks === null
        ? unknown
        : `${model.numBlocks} blocks of ${model.blockSize ?? unknown} tokens`,
    ],
    [
      "GPU memory, all buffers",
      gpuMemory === null ? unknown : `${formatBytes(gpuMemory.bytes)} in ${gpuMemory.numBuffers}`,
    ],
    ["Weights hash (MD5)", model.weightsHash ?? unknown],
  ];
  const told = facts.filter(([, value]) => value !== unknown);
  const untold = facts.filter(([, value]) => value === unknown).map(([name]) => name.toLowerCase());
  return (
    <Card
      title={model.id}
      tag={model.server === undefined ? `on ${engineName(model.backend)}` : `at ${model.server}`}
      actions={
        <>
          {model.runner === "cpu" && <Tag tone="warn">CPU</Tag>}
          {model.server !== undefined && (
            <Button size="small" onClick={() => void engine.actions.unload()}>
              Disconnect
            </Button>
          )}
          {model.synthetic && <Tag tone="warn">random weights</Tag>}
        </>
      }
    >
      <dl className={styles["facts"]}>
        {[...told, ...servingFacts(capabilities)].map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {knownParts.map(({ name, bytes, formula }) => (
          <div key={`${name} bytes`}>
            <dt>
              <Formula name={`${name}, memory`} formula={formula} />
            </dt>
            <dd>{formatBytes(bytes)}</dd>
          </div>
        ))}
      </dl>
      {untold.length > 0 && (
        <p className={styles["note"]}>
          {model.server === undefined ? engineName(model.backend) : "The server"} does not tell:{" "}
          {untold.join(", ")}.
        </p>
      )}
      {total > 0 && (
        <div className={styles["memory"]} aria-hidden>
          {parts.map(({ name, bytes }) => (
            <span key={name} style={{ width: `${(100 * (bytes ?? 0)) / total}%` }} />
          ))}
        </div>
      )}
    </Card>
  );
}

const batchingText: Record<Capabilities["batching"], string> = {
  continuous: "batched together",
  queue: "one at a time, in a queue",
  server: "as the server does",
};

const cacheText: Record<Capabilities["prefixCache"], string> = {
  "cross-request": "every shared prefix",
  "last-conversation": "the last conversation only",
  server: "as the server does",
  none: "none",
};

function servingFacts({ batching, prefixCache }: Capabilities): readonly (readonly [string, string])[] {
  return [
    ["Requests", batchingText[batching]],
    ["Prefix reuse", cacheText[prefixCache]],
  ];
}
