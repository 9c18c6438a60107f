import { memo } from "react";

import { latencyScale, type LatencyScale } from "../../charts/latency-scale.ts";
import { Legend } from "../../charts/Legend.tsx";
import { TokenStrip } from "../../charts/TokenStrip.tsx";
import { useEngine, useServices } from "../../store/services.tsx";
import type { Turn } from "../../store/playground-store.ts";
import { Button } from "../../ui/Button.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { answerText, gapsMs, outputTokens, promptTokens, proofSummary, stripTokens } from "./derive.ts";
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
  // Without a cache to switch off and token ids to compare there is nothing to prove.
  const provable = useEngine(
    ({ load }) =>
      load.type === "ready" &&
      load.capabilities.prefixCache === "cross-request" &&
      load.capabilities.tokenIds,
  );
  const gaps = gapsMs(turn);
  const scale = latencyScale(gaps);
  const running = turn.state === "running";
  return (
    <article className={styles["turn"]}>
      <p className={styles["user"]}>{turn.user}</p>
      <Answers turn={turn} scale={scale} />
      {isLast && <Legend phases={["cached"]} scale={scale} />}
      {turn.error !== null && (
        <ErrorNotice
          error={turn.error}
          {...(turn.outputs.some((tokens) => tokens.length > 0)
            ? { meaning: "The text above is what had arrived; it is kept, and counts as failed." }
            : turn.error.kind === "network"
              ? { meaning: "No answer came; the request counts as failed." }
              : {})}
        />
      )}
      {!running && (
        <div className={styles["actions"]}>
          {turn.finishReason !== null && <Tag>{finishText(turn.finishReason)}</Tag>}
          <CopyButton text={() => answerText(turn, 0)} />
          {provable && turn.state === "finished" && turn.finishReason !== "abort" && (
            <Button
              disabled={busy || turn.proof?.state === "running"}
              title="The same request again with the cache off, alone and unchunked; the token ids are compared"
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

/** One answer under its prompt's strip; several side by side, the prompt that they share above them. */
function Answers({ turn, scale }: { turn: Turn; scale: LatencyScale | null }) {
  const streaming = turn.state === "running";
  const numPrompt = turn.promptPieces?.length ?? turn.metrics?.numPromptTokens ?? "–";
  if (turn.outputs.length === 1) {
    return (
      <div className={styles["answer"]}>
        <p className={styles["text"]}>{answerText(turn, 0)}</p>
        <TokenStrip
          caption="Tokens"
          note={`${numPrompt} prompt, ${turn.outputs[0]?.length ?? 0} ${outputUnit(turn)}`}
          tokens={stripTokens(turn, 0)}
          {...{ scale, streaming }}
        />
      </div>
    );
  }
  return (
    <>
      <TokenStrip
        caption="Prompt tokens"
        note={`${numPrompt}, shared by ${turn.outputs.length}`}
        tokens={promptTokens(turn)}
        scale={null}
      />
      <div className={styles["choices"]}>
        {turn.outputs.map((tokens, choice) => (
          <div key={choice} className={styles["answer"]}>
            <p className={styles["text"]}>{answerText(turn, choice)}</p>
            <TokenStrip
              title={`Choice ${choice}`}
              caption={`Tokens of choice ${choice}`}
              note={`seed ${(turn.request.sampling?.seed ?? 0) + choice}, ${tokens.length} ${outputUnit(turn)}`}
              tokens={outputTokens(turn, choice)}
              {...{ scale, streaming }}
            />
          </div>
        ))}
      </div>
    </>
  );
}

/** Without token ids what arrived are pieces of text, most often one token each. */
const outputUnit = ({ outputs }: Turn): string =>
  outputs[0]?.[0]?.tokenId === null ? "pieces of text" : "output";

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
