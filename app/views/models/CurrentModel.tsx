import { type ModelInfo } from "../../../protocol/index.ts";
import { Card } from "../../ui/Card.tsx";
import { formatBytes, formatCount, unknown } from "../../ui/format.ts";
import { Tag } from "../../ui/Tag.tsx";
import { Formula } from "../../ui/Tooltip.tsx";
import { memoryParts } from "./derive.ts";
import styles from "./ModelsView.module.css";

/** The loaded model's own figures; a dash where the backend does not tell. */
export function CurrentModel({ model }: { model: ModelInfo }) {
  const parts = memoryParts(model);
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
    ["Weights hash (MD5)", model.weightsHash ?? unknown],
  ];
  return (
    <Card
      title={model.id}
      tag={model.backend === "paged" ? "our paged engine" : model.backend}
      actions={
        <>
          {model.runner === "cpu" && <Tag tone="warn">CPU</Tag>}
          {model.synthetic && <Tag tone="warn">random weights</Tag>}
        </>
      }
    >
      <dl className={styles["facts"]}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {parts.map(({ name, bytes, formula }) => (
          <div key={`${name} bytes`}>
            <dt>
              <Formula name={`${name}, memory`} formula={formula} />
            </dt>
            <dd>{formatBytes(bytes)}</dd>
          </div>
        ))}
      </dl>
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
