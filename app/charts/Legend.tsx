import { cx } from "../ui/cx.ts";
import { formatMs } from "../lab/format.ts";
import { heatSteps, type LatencyScale } from "./latency-scale.ts";
import styles from "./Legend.module.css";
import phases from "./phases.module.css";

export type Phase =
  "queue" | "prefill" | "decode" | "cached" | "preempted" | "request-limit" | "token-limit" | "retry";

const phaseNames: Record<Phase, string> = {
  queue: "queue",
  prefill: "prefill",
  decode: "decode",
  cached: "from prefix cache",
  preempted: "preempted",
  "request-limit": "waits for the request limit",
  "token-limit": "waits for the token limit",
  retry: "waits to try again",
};

interface LegendProps {
  phases?: readonly Phase[];
  /** Shows the heat scale with its ends. */
  scale?: LatencyScale | null;
}

export function Legend({
  phases: shown = ["queue", "prefill", "decode", "cached"],
  scale = null,
}: LegendProps) {
  return (
    <div className={styles["legend"]}>
      {shown.map((phase) => (
        <span key={phase}>
          <span className={cx(styles["swatch"], phases[phase])} aria-hidden />
          {phaseNames[phase]}
        </span>
      ))}
      {scale !== null && (
        <span className={styles["heat"]}>
          token latency {formatMs(scale.lowMs)}
          <span className={styles["scale"]} aria-hidden>
            {Array.from({ length: heatSteps }, (_, step) => (
              <span key={step} style={{ background: `var(--heat-${step})` }} />
            ))}
          </span>
          {formatMs(scale.highMs)}
        </span>
      )}
    </div>
  );
}
