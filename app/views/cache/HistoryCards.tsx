import { useStore } from "zustand";

import { Card } from "../../ui/Card.tsx";
import { lazyPart } from "../../ui/lazy-part.tsx";
import styles from "./cache.module.css";
import { cachePoints } from "./derive.ts";
import type { CacheStore } from "../../store/cache-store.ts";

// The charting library comes with the first request, not with the view.
const charts = () => import("../../charts/CacheCharts.tsx");
const HitRateChart = lazyPart(
  "The chart",
  async () => (await charts()).HitRateChart,
  <div className={styles["chart"]} />,
);
const TtftScatter = lazyPart(
  "The chart",
  async () => (await charts()).TtftScatter,
  <div className={styles["chart"]} />,
);

/** Hit rate and TTFT of every request that was sent here. */
export function HistoryCards({ session }: { session: CacheStore }) {
  const points = cachePoints(useStore(session.store, (state) => state.sent));
  if (points.length === 0) return null;
  return (
    <div className={styles["two"]}>
      <Card>
        <HitRateChart points={points} />
      </Card>
      <Card>
        <TtftScatter points={points} />
      </Card>
    </div>
  );
}
