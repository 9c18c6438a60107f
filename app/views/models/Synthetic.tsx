import { useState } from "react";

import { modelPresets, type Quantization, type RunnerName } from "../../../protocol/index.ts";
import { Button } from "../../ui/Button.tsx";
import { DataTable, type Column } from "../../ui/DataTable.tsx";
import { FieldGrid, Select } from "../../ui/Fields.tsx";
import { formatBytes } from "../../lab/format.ts";
import { blocksFor, kvChoices, syntheticParts, type KvChoice, type MemoryPart } from "./derive.ts";
import type { LoadModel } from "./load-model.ts";
import styles from "./ModelsView.module.css";

interface SyntheticProps {
  onLoad: LoadModel;
  disabled: boolean;
  runner: RunnerName;
}

const quantizations: readonly { readonly value: Quantization; readonly label: string }[] = [
  { value: "q4f16_1", label: "q4f16_1: 4 bits, f16 scales" },
  { value: "q4f32_1", label: "q4f32_1: 4 bits, bf16 scales" },
  { value: "q0f16", label: "q0f16: 16 bits" },
  { value: "q0f32", label: "q0f32: bf16" },
];

const columns: readonly Column<MemoryPart>[] = [
  { key: "part", header: "Memory", cell: ({ name }) => name },
  { key: "bytes", header: "Estimate", align: "right", cell: ({ bytes }) => formatBytes(bytes) },
  { key: "formula", header: "What it is", cell: ({ formula }) => formula },
];

/** Shapes of known models, their weights made by a hash on the GPU. */
export function Synthetic({ onLoad, disabled, runner }: SyntheticProps) {
  const [name, setName] = useState(modelPresets[0]?.name ?? "");
  const [quantization, setQuantization] = useState<Quantization>("q4f16_1");
  const [context, setContext] = useState<KvChoice>("2048");
  const preset = modelPresets.find((candidate) => candidate.name === name);
  if (preset === undefined) return null;
  const parts = syntheticParts(preset, quantization, Number(context));
  const total = parts.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  return (
    <>
      <FieldGrid>
        <Select
          label="Shape"
          value={name}
          options={modelPresets.map((each) => ({ value: each.name, label: each.name.replace(" shape", "") }))}
          onChange={setName}
        />
        <Select label="Format" value={quantization} options={quantizations} onChange={setQuantization} />
        <Select
          label="KV pool"
          help="Tokens of all running and cached sequences together."
          value={context}
          options={kvChoices}
          onChange={setContext}
        />
      </FieldGrid>
      <DataTable
        caption={`Memory that ${name} will take`}
        columns={columns}
        rows={[...parts, { name: "Together", bytes: total, formula: "on the GPU, while it is loaded" }]}
        rowKey={(part) => part.name}
      />
      <div className={styles["row"]}>
        <p>
          Made on the GPU in place of a download. Times and memory are real, the text is noise, and nothing is
          said about its quality.
        </p>
        <Button
          aria-label={`Load ${name}`}
          disabled={disabled || runner === "cpu"}
          onClick={() =>
            onLoad(name, { synthetic: { ...preset, quantization } }, "paged", {
              numBlocks: blocksFor(Number(context)),
            })
          }
        >
          Load
        </Button>
      </div>
      {runner === "cpu" && (
        <p className={styles["note"]}>The CPU runner is too slow for these shapes: choose the GPU.</p>
      )}
    </>
  );
}
