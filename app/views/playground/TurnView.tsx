import { memo } from "react";

import { latencyScale } from "../../charts/latency-scale.ts";
import { Legend } from "../../charts/Legend.tsx";
import { TokenStrip } from "../../charts/TokenStrip.tsx";
import { useServices } from "../../store/services.tsx";
import { type Turn } from "../../store/playground-store.ts";
import { Button } from "../../ui/Button.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { answerText, gapsMs, proofSummary, stripTokens } from "./derive.ts";
import styles from "./TurnView.module.css";

interface TurnViewProps {
  turn: Turn;
  isLast: boolean;
  /** Something is generating: proving must run alone. */
  busy: boolean;
}

/** One prompt and its answers: what was said, the token strip, errors inline, the proof. */
export const TurnView = memo(function TurnView({ turn, isLast, busy }: TurnViewProps) {
  const { playground } = useServices();
  const gaps = gapsMs(turn);
  const scale = latencyScale(gaps);
  const running = turn.state === "running";
  return (
    <article className={styles["turn"]}>
      <p className={styles["user"]}>{turn.user}</p>
      {turn.outputs.map((_, choice) => (
        <div key={choice} className={styles["answer"]}>
          {turn.outputs.length > 1 && <Tag>choice {choice}</Tag>}
          <p className={styles["text"]}>{answerText(turn, choice)}</p>
          <TokenStrip
            caption={turn.outputs.length > 1 ? `Tokens of choice ${choice}` : "Tokens"}
            note={`${turn.promptPieces?.length ?? "–"} prompt, ${turn.outputs[choice]?.length ?? 0} output`}
            tokens={stripTokens(turn, choice)}
            scale={scale}
            streaming={running}
          />
        </div>
      ))}
      {isLast && <Legend phases={["cached"]} scale={scale} />}
      {turn.error !== null && (
        <ErrorNotice
          error={turn.error}
          {...(turn.outputs.some((tokens) => tokens.length > 0)
            ? { meaning: "The text above is what had arrived; it is kept, and counts as failed." }
            : {})}
        />
      )}
      {!running && (
        <div className={styles["actions"]}>
          {turn.finishReason !== null && <Tag>{finishText(turn.finishReason)}</Tag>}
          <CopyButton text={() => answerText(turn, 0)} />
          {turn.state === "finished" && turn.finishReason !== "abort" && (
            <Button
              disabled={busy || turn.proof?.state === "running"}
              title="Runs the same request again without the prefix cache, alone, and compares the token ids"
              onClick={() => void playground.actions.prove(turn)}
            >
              Prove it
            </Button>
          )}
          {turn.proof !== null && (
            <span className={styles["proof"]} role="status">
              <Tag
                tone={turn.proof.state === "same" ? "good" : turn.proof.state === "running" ? "plain" : "bad"}
              >
                {turn.proof.state}
              </Tag>{" "}
              {proofSummary(turn.proof)}
            </span>
          )}
        </div>
      )}
    </article>
  );
});

function finishText(reason: string): string {
  switch (reason) {
    case "stop":
      return "ended by itself";
    case "length":
      return "reached the token limit";
    case "abort":
      return "stopped";
    default:
      return reason;
  }
}
