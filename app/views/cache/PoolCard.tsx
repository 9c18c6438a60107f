import { useState } from "react";

import type { EnginePolicy, ModelInfo } from "../../../protocol/index.ts";
import { useEngine, useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { CacheTtlSelect } from "../../ui/CacheTtlSelect.tsx";
import { Card } from "../../ui/Card.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { FieldGrid, NumberField, Select, Switch } from "../../ui/Fields.tsx";
import { formatNumber } from "../../lab/format.ts";
import styles from "./cache.module.css";
import { poolBlocks, poolMib, poolNote, type PoolUnit } from "./derive.ts";
import type { CacheStore } from "../../store/cache-store.ts";

const units = [
  { value: "blocks", label: "blocks" },
  { value: "MiB", label: "MiB" },
] as const;

/** Size of the KV pool, size of a block, cache on or off, when its entries expire. */
export function PoolCard({ session }: { session: CacheStore }) {
  const { engine } = useServices();
  const policy = useEngine((state) => state.policy);
  const refusal = useEngine((state) => state.refusal);
  const configure = (change: Partial<EnginePolicy>) =>
    void engine.actions.configure(change).then(() => session.actions.refresh());
  const model = useEngine(({ load }) => (load.type === "ready" ? load.model : null));
  if (policy === null || model === null) return null;
  return (
    <Card title="KV pool" tag={policy.prefixCache ? "prefix cache on" : "prefix cache off"}>
      <Switch
        label="Prefix cache"
        help="Off: every prompt is computed from its first token"
        checked={policy.prefixCache}
        onChange={(prefixCache) => configure({ prefixCache })}
      />
      <FieldGrid>
        <CacheTtlSelect
          value={policy.cacheTtlSeconds}
          onChange={(cacheTtlSeconds) => configure({ cacheTtlSeconds })}
        />
      </FieldGrid>
      <PoolForm
        key={`${policy.numBlocks} ${policy.blockSize}`}
        policy={policy}
        model={model}
        onApply={configure}
      />
      <p className={styles["note"]}>{poolNote(policy, model)}</p>
      {refusal !== null && <ErrorNotice error={refusal} meaning="The pool is as it was." />}
    </Card>
  );
}

interface PoolFormProps {
  policy: EnginePolicy;
  model: ModelInfo;
  onApply: (change: Pick<EnginePolicy, "numBlocks" | "blockSize">) => void;
}

function PoolForm({ policy, model, onApply }: PoolFormProps) {
  const [unit, setUnit] = useState<PoolUnit>("blocks");
  const [size, setSize] = useState<number>(policy.numBlocks);
  const [blockSize, setBlockSize] = useState(policy.blockSize);
  const perToken = model.kvBytesPerToken;
  const numBlocks = poolBlocks(size, unit, blockSize, perToken ?? 1);
  const isSame = numBlocks === policy.numBlocks && blockSize === policy.blockSize;
  const changeUnit = (next: PoolUnit) => {
    if (next === unit || perToken === null) return;
    setUnit(next);
    setSize(next === "blocks" ? numBlocks : Number(poolMib(numBlocks, blockSize, perToken).toFixed(3)));
  };
  return (
    <>
      <FieldGrid>
        <NumberField
          key={unit}
          label="Pool size"
          value={size}
          min={unit === "blocks" ? 1 : 0.001}
          max={unit === "blocks" ? 1_000_000 : 65_536}
          step={unit === "blocks" ? 1 : 0.001}
          onChange={setSize}
        />
        <Select
          label="Unit"
          value={unit}
          options={perToken === null ? units.slice(0, 1) : units}
          onChange={changeUnit}
        />
        <NumberField
          label="Block size"
          help="Tokens in a block: only whole blocks are reused"
          value={blockSize}
          min={1}
          max={256}
          onChange={setBlockSize}
        />
      </FieldGrid>
      <div className={styles["actions"]}>
        <Button disabled={isSame || numBlocks < 1} onClick={() => onApply({ numBlocks, blockSize })}>
          Apply and empty the cache
        </Button>
        <span className={styles["note"]}>
          {numBlocks.toLocaleString("en-US")} blocks
          {perToken === null ? "" : `, ${formatNumber(poolMib(numBlocks, blockSize, perToken))} MiB`}
        </span>
      </div>
    </>
  );
}
