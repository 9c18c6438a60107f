import { useMemo, useState } from "react";

import type { StepTrace } from "../../../protocol/index.ts";
import { ItlHistogram } from "../../charts/ItlHistogram.tsx";
import { traceLanes } from "../../charts/trace-spans.ts";
import { Card } from "../../ui/Card.tsx";
import { Switch } from "../../ui/Fields.tsx";
import { allGapsMs, requestTokens } from "./derive.ts";
import { lazyPart } from "../../ui/lazy-part.tsx";
import styles from "./trace.module.css";

/** The charting library comes with the first run that is shown. */
const ItlChart = lazyPart(
  "The chart",
  async () => (await import("../../charts/ItlChart.tsx")).ItlChart,
  <div className={styles["chart"]} />,
);

/** Inter-token latencies of a request, one by one and by how often; of all requests on a switch. */
export function LatencyCard({ steps, lane }: { steps: readonly StepTrace[]; lane: string }) {
  const [pooled, setPooled] = useState(false);
  const numLanes = traceLanes(steps).length;
  const gapsMs = useMemo(
    () => (pooled ? allGapsMs(steps) : requestTokens(steps, lane).gapsMs),
    [pooled, steps, lane],
  );
  const isPooled = pooled && numLanes > 1;
  return (
    <Card
      title="Latencies"
      tag={isPooled ? `all ${numLanes} requests` : lane}
      actions={
        numLanes > 1 && (
          <Switch
            label="Of all requests"
            help="The gaps of all requests of the run, pooled, in the order in which they ended"
            checked={pooled}
            onChange={setPooled}
          />
        )
      }
    >
      <div className={styles["columns"]}>
        <ItlChart itlMs={gapsMs} />
        <ItlHistogram itlMs={gapsMs} />
      </div>
    </Card>
  );
}
