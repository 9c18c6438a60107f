import { CallWaterfall } from "../../charts/CallWaterfall.tsx";
import type { LatencyScale } from "../../charts/latency-scale.ts";
import { TokenStrip } from "../../charts/TokenStrip.tsx";
import type { SerializedError } from "../../../protocol/index.ts";
import { Card } from "../../ui/Card.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatConstraint, formatMs } from "../../ui/format.ts";
import type { PlanInfo } from "../../store/workload-info.ts";
import styles from "./compare.module.css";
import { stripTokens, waterfallRows } from "./derive.ts";
import type { LiveCall, LiveSample } from "../../lab/live-run.ts";

interface PlanCardProps {
  plan: PlanInfo;
  /** Null before this plan's first call. */
  sample: LiveSample | null;
  error: SerializedError | null;
  running: boolean;
  scale: LatencyScale | null;
  maxMs: number;
  onOpen: (call: LiveCall) => void;
}

/** One plan on one row: its calls over time, and each call's prompt and answer token by token. */
export function PlanCard({ plan, sample, error, running, scale, maxMs, onOpen }: PlanCardProps) {
  const calls = sample?.calls ?? [];
  return (
    <Card title={plan.title} tag={plan.numCalls === 1 ? "1 call" : `${plan.numCalls} calls`}>
      <p className={styles["description"]}>{plan.description}</p>
      {error !== null && <ErrorNotice error={error} meaning="This row counts as failed, and in no figure." />}
      {sample !== null && calls.some(({ record }) => record !== null) && (
        <CallWaterfall
          title="Calls over time"
          caption={`${plan.title}: calls over time`}
          rows={waterfallRows(sample)}
          maxMs={maxMs}
          onSelect={(id) => {
            const call = calls.find(({ callId }) => callId === id);
            if (call !== undefined) onOpen(call);
          }}
        />
      )}
      {calls.map((call, index) => (
        <TokenStrip
          key={call.callId}
          title={
            <button type="button" className={styles["callTitle"]} onClick={() => onOpen(call)}>
              Call {index + 1} · {call.callId}
            </button>
          }
          caption={`${plan.title}, call ${index + 1}`}
          note={<span className={styles["callNote"]}>{callNote(call)}</span>}
          tokens={stripTokens(call)}
          scale={scale}
          streaming={running && call.record === null}
        />
      ))}
      {calls.length === 0 && error === null && <p className={styles["waiting"]}>Its turn comes.</p>}
    </Card>
  );
}

function callNote({ record, tokens }: LiveCall): string {
  if (record === null) return `${tokens.length} tokens`;
  const { numPromptTokens, numCachedTokens, numOutputTokens, ttftMs, e2eLatencyMs, constraint } =
    record.metrics;
  const cached = numCachedTokens === null ? "cached unknown" : `${numCachedTokens} cached`;
  const masks = constraint === undefined ? "" : ` · ${formatConstraint(constraint)}`;
  return (
    `${numPromptTokens} prompt (${cached}), ${numOutputTokens} output · ` +
    `TTFT ${formatMs(ttftMs)} of ${formatMs(e2eLatencyMs)}${masks}`
  );
}
