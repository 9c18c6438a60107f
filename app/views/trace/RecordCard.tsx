import { Circle, Square } from "lucide-react";
import { useState } from "react";

import { useEngine } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { NumberField, TextArea } from "../../ui/Fields.tsx";
import styles from "./trace.module.css";
import type { Recorder } from "./use-recorder.ts";

const example = "Name: Ada\nViews: 9 chess, 5 music, 2 yoga\nOwned: board, mat\nBudget: low";

/** One prompt to record, with or without a timestamp around every kernel. */
export function RecordCard({ recorder }: { recorder: Recorder }) {
  const [prompt, setPrompt] = useState(example);
  const [numTokens, setNumTokens] = useState(32);
  const load = useEngine((state) => state.load);
  const isOwn = load.type === "ready" && load.capabilities.batching === "continuous";
  const canTime = isOwn && load.capabilities.gpuTiming;
  const disabled = !isOwn || recorder.running || prompt === "";
  return (
    <Card title="Record a run">
      <div className={styles["form"]}>
        <TextArea label="Prompt" rows={4} value={prompt} onChange={setPrompt} />
        <NumberField label="Output tokens" value={numTokens} min={1} max={512} onChange={setNumTokens} />
        {recorder.running ? (
          <Button variant="danger" icon={<Square aria-hidden />} onClick={() => recorder.cancel()}>
            Cancel
          </Button>
        ) : (
          <Button
            variant="primary"
            disabled={disabled}
            icon={<Circle aria-hidden />}
            onClick={() => recorder.record(prompt, numTokens)}
          >
            Record
          </Button>
        )}
        <Button disabled={disabled || !canTime} onClick={() => recorder.profileKernels(prompt, numTokens)}>
          Profile kernels
        </Button>
      </div>
      {load.type === "ready" && !isOwn && (
        <p className={styles["note"]}>
          This engine tells no steps. Load a model of the Inferscope engine to record.
        </p>
      )}
      {isOwn && !canTime && (
        <p className={styles["note"]}>
          {load.model.runner === "cpu"
            ? "The CPU runner has no kernels to time."
            : "This adapter has no timestamp queries: the GPU's time is unknown, and kernels cannot be timed."}
        </p>
      )}
      {recorder.error !== null && <ErrorNotice error={recorder.error} />}
    </Card>
  );
}
