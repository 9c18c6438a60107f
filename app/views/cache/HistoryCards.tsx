import { lazy, Suspense } from "react";
import { useStore } from "zustand";

import { Card } from "../../ui/Card.tsx";
import styles from "./cache.module.css";
import { cachePoints } from "./derive.ts";
import type { CacheSession } from "./session.ts";

// The charting library comes with the first request, not with the view.
const charts = () => import("../../charts/CacheCharts.tsx");
const HitRateChart = lazy(async () => ({ default: (await charts()).HitRateChart }));
const TtftScatter = lazy(async () => ({ default: (await charts()).TtftScatter }));

/** Hit rate and TTFT of every request that was sent here. */
export function HistoryCards({ session }: { session: CacheSession }) {
  const points = cachePoints(useStore(session.store, (state) => state.sent));
  if (points.length === 0) return null;
  return (
    <div className={styles["two"]}>
      <Card>
        <Suspense fallback={<div className={styles["chart"]} />}>
          <HitRateChart points={points} />
        </Suspense>
      </Card>
      <Card>
        <Suspense fallback={<div className={styles["chart"]} />}>
          <TtftScatter points={points} />
        </Suspense>
      </Card>
    </div>
  );
}
