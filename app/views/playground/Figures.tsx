import { metricFormulas } from "../../../protocol/index.ts";
import { ItlHistogram } from "../../charts/ItlHistogram.tsx";
import { TtftSplit } from "../../charts/TtftSplit.tsx";
import { interruptionText } from "../../lab/interruptions.ts";
import { useEngine } from "../../store/services.tsx";
import type { Turn } from "../../store/playground-store.ts";
import { Card } from "../../ui/Card.tsx";
import { formatMs, formatNumber } from "../../lab/format.ts";
import { Kpi, KpiRow } from "../../ui/Kpi.tsx";
import { Grid } from "../../ui/layout.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { cacheNote, gapsMs, liveFigures, maskMs } from "./derive.ts";
import { lazyPart } from "../../ui/lazy-part.tsx";
import styles from "./Figures.module.css";
import { useThrottled } from "./use-throttled.ts";

/** The charting library comes with the first answer, not with the page. */
const ItlChart = lazyPart(
  "The chart",
  async () => (await import("../../charts/ItlChart.tsx")).ItlChart,
  <div className={styles["chart"]} />,
);

/** Figures of the last request; live, at most 4 times a second. */
export function Figures({ turn }: { turn: Turn | null }) {
  const shown = useThrottled(turn, 250);
  const kv = useEngine((state) => state.kv);
  const isServer = useEngine(({ load }) => load.type === "ready" && load.model.server !== undefined);
  if (shown === null) return null;
  // A turn that ended tells itself; one on its way is the present engine's.
  const inPieces = shown.metrics === null ? isServer : shown.metrics.chunkGapMs !== undefined;
  const figures = liveFigures(shown, inPieces);
  const limited = shown.metrics?.rateLimited;
  const interrupted = shown.metrics?.interrupted;
  const gaps = gapsMs(shown);
  const note = cacheNote(shown, figures);
  return (
    <>
      <KpiRow>
        <Kpi
          label="Output rate"
          value={formatNumber(figures.tokensPerSecond)}
          unit="tok/s"
          note={
            figures.numOutputTokens === null ? "tokens not told yet" : `n = ${figures.numOutputTokens} tokens`
          }
          formula={metricFormulas.outputTokensPerSecond}
        />
        <Kpi
          label="TTFT"
          {...split(formatMs(figures.ttftMs))}
          {...(limited === undefined
            ? {}
            : { note: `with ${formatMs(limited.waitedMs)} of waiting: refused ${limited.numRefused} times` })}
          formula={metricFormulas.ttftMs}
        />
        <Kpi
          label="Prompt tokens cached"
          value={figures.numCachedTokens ?? "unknown"}
          note={figures.numPromptTokens === null ? "" : `of ${figures.numPromptTokens}`}
        />
        <Kpi
          label="KV blocks in use"
          value={kv?.used ?? "–"}
          note={kv === null ? "not told by this engine" : `of ${kv.total}; ${kv.cached} cached`}
        />
        {shown.metrics?.constraint !== undefined && (
          <Kpi
            label="Masks"
            {...split(formatMs(maskMs(shown.metrics.constraint)))}
            note={`a token; grammar ${formatMs(shown.metrics.constraint.compileMs)}`}
            formula={metricFormulas.maskMs}
          />
        )}
      </KpiRow>
      {interrupted !== undefined && (
        <Tag tone="warn">
          {`These times do not count: while the request was under way, ${interruptionText(interrupted)}.`}
        </Tag>
      )}
      <Card>
        <TtftSplit
          queueMs={figures.queueMs}
          prefillMs={figures.prefillMs}
          firstDecodeMs={figures.firstDecodeMs}
          {...(note === undefined ? {} : { note })}
        />
      </Card>
      <Card>
        <Grid least={320} top>
          <ItlChart itlMs={gaps} inPieces={inPieces} />
          <ItlHistogram itlMs={gaps} inPieces={inPieces} />
        </Grid>
      </Card>
    </>
  );
}

/** "12.3 ms" as value and unit. */
function split(text: string): { value: string; unit?: string } {
  const [value = text, unit] = text.split(" ");
  return unit === undefined ? { value } : { value, unit };
}
