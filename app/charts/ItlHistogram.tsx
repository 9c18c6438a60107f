import { metricFormulas } from "../../protocol/index.ts";
import { cx } from "../ui/cx.ts";
import { formatMs, formatNumber } from "../lab/format.ts";
import { Formula } from "../ui/Tooltip.tsx";
import { ChartFrame } from "./ChartFrame.tsx";
import styles from "./ItlHistogram.module.css";
import { latencyBins, type LatencyBin } from "./latency-bins.ts";
import { quantile } from "./latency-scale.ts";

interface ItlHistogramProps {
  itlMs: readonly number[];
  /** The gaps lie between pieces of text, which may hold several tokens. */
  inPieces?: boolean;
}

/** How often each inter-token latency came: x is milliseconds, y gaps. Below two gaps nothing is drawn. */
export function ItlHistogram({ itlMs, inPieces = false }: ItlHistogramProps) {
  if (itlMs.length < 2) return null;
  const bins = latencyBins(itlMs);
  const most = Math.max(...bins.map(({ count }) => count));
  const sorted = itlMs.toSorted((a, b) => a - b);
  const first = bins[0];
  const last = bins.at(-1);
  return (
    <ChartFrame
      title={
        <Formula
          name="How often each latency"
          formula={inPieces ? metricFormulas.chunkGapMs : metricFormulas.itlMs}
        />
      }
      caption={inPieces ? "Histogram of gaps between pieces of text" : "Histogram of inter-token latency"}
      note={`ms / gaps · n = ${itlMs.length}`}
      columns={[
        { key: "range", header: "ms", align: "right", cell: rangeText },
        { key: "count", header: "gaps", align: "right", cell: ({ count }) => count },
        {
          key: "share",
          header: "share",
          align: "right",
          cell: ({ count }) => `${formatNumber((100 * count) / itlMs.length)}%`,
        },
      ]}
      rows={bins}
    >
      <div className={styles["plot"]}>
        {bins.map((bin) => (
          <span
            key={bin.fromMs}
            className={cx(styles["bar"], bin.toMs === null && styles["open"])}
            style={{ height: `${(100 * bin.count) / most}%` }}
            title={`${rangeText(bin)} ms: ${bin.count}`}
          />
        ))}
        <span className={styles["most"]}>{most}</span>
      </div>
      <p className={styles["ends"]}>
        <span>{formatMs(first?.fromMs ?? null)}</span>
        <span>
          {last?.toMs === null
            ? `${formatMs(last.fromMs)} and more, up to ${formatMs(sorted.at(-1) ?? null)}`
            : formatMs(last?.toMs ?? null)}
        </span>
      </p>
      <p className={styles["quantiles"]}>
        {[0.5, 0.95, 0.99].map((q) => (
          <span key={q}>
            p{100 * q} <b>{formatMs(quantile(sorted, q))}</b>
          </span>
        ))}
      </p>
    </ChartFrame>
  );
}

function rangeText({ fromMs, toMs }: LatencyBin): string {
  return toMs === null
    ? `${formatNumber(fromMs, 4)} and more`
    : `${formatNumber(fromMs, 4)} – ${formatNumber(toMs, 4)}`;
}
