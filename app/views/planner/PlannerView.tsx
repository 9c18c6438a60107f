import { useState } from "react";

import { providerPresets, type ProviderPreset } from "../../lab/pricing/providers.ts";
import type { TrafficFigures } from "../../lab/pricing/plan.ts";
import { ViewHeader } from "../../ui/ViewHeader.tsx";
import { LogsCard } from "./LogsCard.tsx";
import styles from "./planner.module.css";
import { SavingsCalculator, type Traffic } from "./SavingsCalculator.tsx";

/** The guide's case. */
const firstTraffic: Traffic = { requestsPerDay: 10_000, prefixTokens: 1000, hitPercent: 95 };

/** What a prompt cache would save: by arithmetic, and by the prefixes of somebody's own requests. */
export function PlannerView() {
  const [preset, setPreset] = useState<ProviderPreset>(providerPresets[0]);
  const [traffic, setTraffic] = useState<Traffic>(firstTraffic);
  const useFigures = ({ requestsPerDay, prefixTokens, hitRate }: TrafficFigures) => {
    setTraffic({
      requestsPerDay: requestsPerDay ?? traffic.requestsPerDay,
      prefixTokens,
      hitPercent: Math.round(hitRate * 1000) / 10,
    });
  };
  return (
    <div className={styles["view"]}>
      <ViewHeader
        question="What would prompt caching save?"
        sub="With the prices and rules of a provider: for a prefix you describe, and for your own request logs, which stay in this tab."
      />
      <SavingsCalculator preset={preset} traffic={traffic} onPreset={setPreset} onTraffic={setTraffic} />
      <LogsCard preset={preset} onUse={useFigures} />
    </div>
  );
}
