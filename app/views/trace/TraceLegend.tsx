import { ChevronLeft, ChevronRight, Maximize2, ZoomIn, ZoomOut } from "lucide-react";

import type { TimeWindow } from "../../charts/swimlane-layout.ts";
import { panned, wholeTrace, zoomed } from "../../charts/trace-window.ts";
import { Button } from "../../ui/Button.tsx";
import styles from "./trace.module.css";

interface TraceLegendProps {
  window: TimeWindow | null;
  onWindow: (window: TimeWindow | null) => void;
  endMs: number;
  hasGpu: boolean;
  hasMasks: boolean;
}

/** What the colours mean, and zooming by buttons. */
export function TraceLegend({ window, onWindow, endMs, hasGpu, hasMasks }: TraceLegendProps) {
  const now = window ?? wholeTrace(endMs);
  const middle = (now.fromMs + now.toMs) / 2;
  const moves = [
    { label: "Zoom out", icon: <ZoomOut aria-hidden />, to: () => zoomed(now, 2, middle, endMs) },
    { label: "Zoom in", icon: <ZoomIn aria-hidden />, to: () => zoomed(now, 0.5, middle, endMs) },
    { label: "Earlier", icon: <ChevronLeft aria-hidden />, to: () => panned(now, -0.5, endMs) },
    { label: "Later", icon: <ChevronRight aria-hidden />, to: () => panned(now, 0.5, endMs) },
    { label: "Show all", icon: <Maximize2 aria-hidden />, to: () => null },
  ];
  return (
    <div className={styles["foot"]}>
      <ul className={styles["legend"]} aria-label="Colours">
        <li data-kind="schedule">schedule</li>
        {hasMasks && <li data-kind="masks">masks</li>}
        <li data-kind="encode">encode</li>
        <li data-kind="wait">wait for the result</li>
        <li data-kind="prefill">prefill</li>
        <li data-kind="decode">decode</li>
        <li data-kind="queue">waiting requests</li>
      </ul>
      <div className={styles["zoom"]}>
        {moves.map(({ label, icon, to }) => (
          <Button
            key={label}
            size="small"
            variant="ghost"
            aria-label={label}
            icon={icon}
            onClick={() => onWindow(to())}
          />
        ))}
      </div>
      <p className={styles["note"]}>
        {hasGpu
          ? "The GPU's time is measured by timestamps; where it begins is set behind the encode, its clock being its own. "
          : "No GPU time was told for these steps: the adapter has no timestamp queries, or kernels were being timed. "}
        Wheel or W and S zoom, A and D pan, arrow keys go from step to step, a drag selects.
      </p>
    </div>
  );
}
