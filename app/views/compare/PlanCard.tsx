import { useState, type ReactNode } from "react";

import type { LatencyScale } from "../../charts/latency-scale.ts";
import { TokenStrip } from "../../charts/TokenStrip.tsx";
import type { SerializedError } from "../../../protocol/index.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatConstraint, formatMs } from "../../lab/format.ts";
import { Note } from "../../ui/layout.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import type { PlanInfo } from "../../store/workload-info.ts";
import { stripTokens } from "./derive.ts";
import type { LiveCall, LiveSample } from "../../lab/experiments/compare/live.ts";

interface PlanCardProps {
  plan: PlanInfo;
  /** Null before this plan's first call. */
  sample: LiveSample | null;
  error: SerializedError | null;
  /** Tokens arrive now: the call that they arrive in is shown. */
  live: boolean;
  scale: LatencyScale | null;
  onOpen: (call: LiveCall) => void;
}

/** One plan on one row: prompt and answer of a call, token by token, and the way to its other calls. */
export function PlanCard({ plan, sample, error, live, scale, onOpen }: PlanCardProps) {
  const calls = sample?.calls ?? [];
  const [chosen, setChosen] = useState("0");
  const shown = live ? calls.length - 1 : Math.min(Number(chosen), calls.length - 1);
  const call = calls[shown];
  return (
    <Card
      title={plan.title}
      tag={plan.numCalls === 1 ? "1 call" : `${plan.numCalls} calls`}
      actions={
        call !== undefined && (
          <Button size="small" variant="ghost" onClick={() => onOpen(call)}>
            Open call {shown + 1} as text
          </Button>
        )
      }
    >
      <Note>{plan.description}</Note>
      {error !== null && <ErrorNotice error={error} meaning="This row counts as failed, and in no figure." />}
      {call !== undefined && (
        <CallTabs calls={calls} shown={shown} onShown={setChosen}>
          <TokenStrip
            title={`Call ${shown + 1} · ${call.callId}`}
            caption={`${plan.title}, call ${shown + 1}`}
            note={callNote(call)}
            tokens={stripTokens(call)}
            scale={scale}
            streaming={live}
          />
        </CallTabs>
      )}
      {call === undefined && error === null && <Note>Its turn comes.</Note>}
    </Card>
  );
}

interface CallTabsProps {
  calls: readonly LiveCall[];
  shown: number;
  onShown: (index: string) => void;
  children: ReactNode;
}

function CallTabs({ calls, shown, onShown, children }: CallTabsProps) {
  if (calls.length < 2) return children;
  return (
    <Tabs
      label="Calls"
      value={String(shown)}
      tabs={calls.map(({ callId }, index) => ({ value: String(index), label: `${index + 1} ${callId}` }))}
      onChange={onShown}
    >
      {children}
    </Tabs>
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
