import { useState } from "react";

import type { EnginePolicy, SerializedError } from "../../../protocol/index.ts";
import { useEngine, useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { CacheTtlSelect } from "../../ui/CacheTtlSelect.tsx";
import { Card } from "../../ui/Card.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { CommitField, FieldGrid, Select, Switch } from "../../ui/Fields.tsx";
import { formatNumber } from "../../lab/format.ts";
import styles from "./batch.module.css";
import { blocksOf, parseWhole, poolMebibytes } from "./derive.ts";

const batchings = [
  { value: "continuous", label: "Continuous" },
  { value: "static", label: "Static" },
  { value: "none", label: "One at a time" },
] as const;
const orders = [
  { value: "fcfs", label: "First come" },
  { value: "longest-prefix", label: "Longest prefix" },
] as const;

type NumberKey = "maxNumSeqs" | "maxNumBatchedTokens" | "numBlocks" | "blockSize";

/** How the engine schedules; changes take effect at once, without loading the weights again. */
export function PolicyForm({ disabled }: { disabled: boolean }) {
  const { engine } = useServices();
  const policy = useEngine((state) => state.policy);
  const refusal = useEngine((state) => state.refusal);
  /** The field whose text was refused last, and why it did not even parse. */
  const [refused, setRefused] = useState<{ key: NumberKey; problem: string | null } | null>(null);
  if (policy === null) return null;

  const change = async (next: Partial<EnginePolicy>, key: NumberKey | null = null) => {
    const accepted = await engine.actions.configure(next);
    setRefused(accepted || key === null ? null : { key, problem: null });
  };
  const commit = (key: NumberKey, parsed: { value: number } | { problem: string }) => {
    if ("problem" in parsed) setRefused({ key, problem: parsed.problem });
    else void change({ [key]: parsed.value }, key);
  };
  const number = (key: NumberKey, label: string, help: string) => (
    <CommitField
      label={label}
      help={help}
      value={String(policy[key])}
      invalid={refused?.key === key}
      onCommit={(text) => commit(key, parseWhole(key, text))}
    />
  );
  const notice = refusalOf(refused?.problem ?? null, refused === null ? null : refusal);
  return (
    <Card
      title="Scheduler"
      actions={
        <Button
          size="small"
          variant="ghost"
          disabled={disabled}
          onClick={() => {
            setRefused(null);
            void engine.actions.resetPolicy();
          }}
        >
          Reset
        </Button>
      }
    >
      <fieldset className={styles["fields"]} disabled={disabled} aria-label="Scheduler">
        <FieldGrid>
          <Select
            label="Batching"
            help="Continuous: a request joins and leaves at any step. Static: a batch is filled, then all wait for its longest. None: one at a time."
            value={policy.batching}
            options={batchings}
            onChange={(batching) => void change({ batching })}
          />
          <Select
            label="Order"
            help="Which waiting request is admitted first"
            value={policy.order}
            options={orders}
            onChange={(order) => void change({ order })}
          />
          {number("maxNumSeqs", "Sequences at once", "maxNumSeqs: running sequences at most, 1 to 256")}
          {number("maxNumBatchedTokens", "Tokens a step", "maxNumBatchedTokens: budget of one step")}
          <PoolField
            policy={policy}
            invalid={refused?.key === "numBlocks"}
            onCommit={(parsed) => commit("numBlocks", parsed)}
          />
          <CacheTtlSelect
            value={policy.cacheTtlSeconds}
            onChange={(cacheTtlSeconds) => void change({ cacheTtlSeconds })}
          />
          {number("blockSize", "Block size", "Tokens in a KV block, 1 to 256. A change empties the cache.")}
        </FieldGrid>
        <div className={styles["switches"]}>
          <Switch
            label="Prefix cache"
            checked={policy.prefixCache}
            onChange={(prefixCache) => void change({ prefixCache })}
          />
          <Switch
            label="Chunked prefill"
            checked={policy.chunkedPrefill}
            onChange={(chunkedPrefill) => void change({ chunkedPrefill })}
          />
        </div>
      </fieldset>
      {notice !== null && (
        <ErrorNotice
          error={notice}
          meaning="The change was refused; the policy before it is still in effect."
        />
      )}
    </Card>
  );
}

function refusalOf(problem: string | null, refusal: SerializedError | null): SerializedError | null {
  return problem === null ? refusal : { kind: "invalid-request", message: problem };
}

interface PoolFieldProps {
  policy: EnginePolicy;
  invalid: boolean;
  onCommit: (parsed: { value: number } | { problem: string }) => void;
}

/** Size of the KV pool, in blocks or in MiB. */
function PoolField({ policy, invalid, onCommit }: PoolFieldProps) {
  const kvBytesPerToken = useEngine(({ load }) =>
    load.type === "ready" ? load.model.kvBytesPerToken : null,
  );
  const [unit, setUnit] = useState<"blocks" | "MiB">("blocks");
  const help = "A change waits until nothing runs, and empties the cache";
  return (
    <>
      {unit === "blocks" || kvBytesPerToken === null ? (
        <CommitField
          label="KV pool, blocks"
          help={help}
          value={String(policy.numBlocks)}
          invalid={invalid}
          onCommit={(text) => onCommit(parseWhole("numBlocks", text))}
        />
      ) : (
        <CommitField
          label="KV pool, MiB"
          help={help}
          value={formatNumber(poolMebibytes(policy, kvBytesPerToken)).replaceAll(",", "")}
          invalid={invalid}
          inputMode="decimal"
          onCommit={(text) => onCommit(blocksOf(text, policy, kvBytesPerToken))}
        />
      )}
      {kvBytesPerToken !== null && (
        <Select
          label="Pool unit"
          value={unit}
          options={[
            { value: "blocks", label: "blocks" },
            { value: "MiB", label: "MiB" },
          ]}
          onChange={setUnit}
        />
      )}
    </>
  );
}
