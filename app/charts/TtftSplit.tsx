import { metricFormulas } from "../../protocol/index.ts";
import { cx } from "../ui/cx.ts";
import { formatMs } from "../lab/format.ts";
import { Formula } from "../ui/Tooltip.tsx";
import { ChartFrame } from "./ChartFrame.tsx";
import phases from "./phases.module.css";
import styles from "./TtftSplit.module.css";

interface TtftSplitProps {
  /** Null where the backend does not tell. */
  queueMs: number | null;
  prefillMs: number | null;
  /** Gap from the first to the second token; null below two. */
  firstDecodeMs: number | null;
  /** Said under the bar: "64 of 118 prompt tokens came from the cache". */
  note?: string;
}

/** Queue and prefill make up TTFT; the first decode follows, for comparison. */
export function TtftSplit({ queueMs, prefillMs, firstDecodeMs, note }: TtftSplitProps) {
  const parts = [
    { phase: "queue", name: "queue", ms: queueMs, formula: metricFormulas.queueTimeMs },
    { phase: "prefill", name: "prefill", ms: prefillMs, formula: metricFormulas.prefillTimeMs },
    { phase: "decode", name: "then first decode", ms: firstDecodeMs, formula: "second token − first token" },
  ] as const;
  const total = Math.max(1e-9, ...[parts.reduce((sum, part) => sum + (part.ms ?? 0), 0)]);
  return (
    <ChartFrame
      title="Time to first token, split"
      caption="Time to first token, split"
      columns={[
        { key: "part", header: "part", cell: (part) => part.name },
        { key: "ms", header: "time", align: "right", cell: (part) => formatMs(part.ms) },
        { key: "formula", header: "formula", cell: (part) => part.formula },
      ]}
      rows={parts}
    >
      <div className={styles["track"]} aria-hidden>
        {parts.map((part) => (
          <span
            key={part.phase}
            className={cx(phases[part.phase], styles[part.phase])}
            style={{ width: `${(100 * (part.ms ?? 0)) / total}%` }}
          />
        ))}
      </div>
      <div className={styles["parts"]}>
        {parts.map((part) => (
          <span key={part.phase}>
            <span className={cx(styles["swatch"], phases[part.phase])} aria-hidden />
            <Formula name={part.name} formula={part.formula} /> <b>{formatMs(part.ms)}</b>
          </span>
        ))}
      </div>
      {note !== undefined && <p className={styles["note"]}>{note}</p>}
    </ChartFrame>
  );
}
