import { useStore } from "zustand";

import type { ModelInfo } from "../../../protocol/index.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { RunProgress } from "../../ui/RunProgress.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { bandwidthText } from "./derive.ts";
import styles from "./DiagnosticsView.module.css";
import { goldensText } from "./report.ts";
import type { DiagnosticsSession } from "./session.ts";

interface MeasureProps {
  session: DiagnosticsSession;
  model: ModelInfo | null;
}

/** Does this device give the tokens that PyTorch gives? */
export function GoldensCard({ session, model }: MeasureProps) {
  const { goldens, goldensRun, goldensError } = useStore(session.store);
  const fits = model !== null && model.backend === "paged" && !model.synthetic;
  return (
    <Card
      title="Goldens"
      tag="against PyTorch"
      actions={
        goldensRun === null ? (
          <Button
            size="small"
            disabled={!fits}
            onClick={() => {
              if (model !== null) void session.runGoldens(model.id);
            }}
          >
            Run the goldens
          </Button>
        ) : (
          <Button size="small" variant="danger" onClick={session.cancelGoldens}>
            Cancel
          </Button>
        )
      }
    >
      <p className={styles["none"]}>
        {fits
          ? "40 prompts whose greedy tokens and largest logits PyTorch wrote down, answered by the loaded model on this device."
          : "They belong to the bundled models on the Inferscope engine: load one in Models."}
      </p>
      {goldensRun !== null && (
        <RunProgress
          label="Goldens answered"
          {...goldensRun}
          text={goldensRun.total === 0 ? "Starting" : `${goldensRun.done} of ${goldensRun.total} prompts`}
        />
      )}
      {goldensError !== null && <ErrorNotice error={goldensError} />}
      {goldens !== null && goldensRun === null && (
        <p role="status">
          <Tag tone={goldens.result.numWrong > 0 ? "bad" : goldens.result.aborted ? "warn" : "good"}>
            {goldens.result.numWrong > 0 ? "different" : goldens.result.aborted ? "cancelled" : "equal"}
          </Tag>{" "}
          {goldens.modelId}: {goldensText(goldens.result)}.
        </p>
      )}
    </Card>
  );
}

/** How fast the device reads its memory, for who wants to judge a rate of tokens. */
export function BandwidthCard({ session }: Pick<MeasureProps, "session">) {
  const { bandwidth, measuringBandwidth, bandwidthError } = useStore(session.store);
  return (
    <Card
      title="Memory bandwidth"
      actions={
        <Button size="small" disabled={measuringBandwidth} onClick={() => void session.measureBandwidth()}>
          {measuringBandwidth ? "Measuring…" : "Measure"}
        </Button>
      }
    >
      <p role="status" className={bandwidth === null ? styles["none"] : undefined}>
        {bandwidth === null
          ? "Not measured yet. It reads a large buffer from end to end on a device of its own; nothing else should run."
          : bandwidthText(bandwidth)}
      </p>
      {bandwidthError !== null && <ErrorNotice error={bandwidthError} />}
    </Card>
  );
}
