import {
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
} from "react";

import type { StepTrace } from "../../protocol/index.ts";
import { formatMs } from "../lab/format.ts";
import { ChartFrame } from "./ChartFrame.tsx";
import { lanePalette } from "./swimlane-draw.ts";
import { laneGeometry, lanesHeight, xToTime, type TimeWindow } from "./swimlane-layout.ts";
import { drawTrace } from "./trace-draw.ts";
import { traceSpans } from "./trace-spans.ts";
import { panned, wholeTrace, zoomed } from "./trace-window.ts";
import styles from "./TraceChart.module.css";
import { stepColumns } from "./trace-columns.tsx";
import { useFrames, useWidth } from "./use-frames.ts";

interface TraceChartProps {
  /** A new array where there are new steps. */
  steps: readonly StepTrace[];
  /** Shown part, from the first step's start; null: all of it. */
  window: TimeWindow | null;
  onWindow: (window: TimeWindow | null) => void;
  selection: TimeWindow | null;
  onSelection: (selection: TimeWindow | null) => void;
  /** Index of the step that is outlined. */
  activeStep: number | null;
  onActiveStep: (step: number | null) => void;
}

/** Steps over time: x is milliseconds; lanes CPU, GPU, queue, and one for each request. */
export function TraceChart(props: TraceChartProps) {
  const { steps, selection, onSelection, activeStep, onActiveStep, onWindow } = props;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(box);
  const [dragFrom, setDragFrom] = useState<number | null>(null);
  const trace = useMemo(() => traceSpans(steps), [steps]);
  const { window: chosen } = props;
  const window_ = useMemo(() => chosen ?? wholeTrace(trace.endMs), [chosen, trace.endMs]);
  const geometry = useMemo(() => laneGeometry(width, trace.lanes.length), [width, trace.lanes.length]);
  const height = lanesHeight(geometry, trace.lanes.length);

  const draw = useCallback(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (element == null || context == null || width === 0) return;
    const scale = window.devicePixelRatio;
    element.width = Math.round(width * scale);
    element.height = Math.round(height * scale);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    drawTrace(context, trace, { window: window_, geometry, activeStep, selection }, lanePalette(element));
  }, [trace, geometry, width, height, window_, activeStep, selection]);
  useFrames(draw, false);

  // React listens to wheels passively: the page would scroll along.
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent) => {
      if (event.deltaY === 0) return;
      event.preventDefault();
      const at = xToTime(event.clientX - element.getBoundingClientRect().left, window_, geometry);
      onWindow(zoomed(window_, event.deltaY < 0 ? 0.8 : 1.25, at, trace.endMs));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  });

  const timeAt = (event: PointerEvent<HTMLDivElement>) =>
    xToTime(event.clientX - event.currentTarget.getBoundingClientRect().left, window_, geometry);
  const stepAt = (ms: number): number | null => {
    const origin = steps[0]?.startMs ?? 0;
    const index = steps.findLastIndex(({ startMs }) => startMs - origin <= ms);
    return index < 0 ? null : index;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const change = keyMoves[event.key.toLowerCase()];
    const middle = (window_.fromMs + window_.toMs) / 2;
    if (change !== undefined) onWindow(change(window_, middle, trace.endMs));
    else if (event.key === "ArrowRight") onActiveStep(Math.min(steps.length - 1, (activeStep ?? -1) + 1));
    else if (event.key === "ArrowLeft") onActiveStep(Math.max(0, (activeStep ?? 1) - 1));
    else if (event.key === "0") onWindow(null);
    else if (event.key === "Escape") onSelection(null);
    else return;
    event.preventDefault();
  };
  return (
    <ChartFrame
      title="Steps over time"
      caption="Steps over time"
      note={`${steps.length} steps · ${formatMs(window_.toMs - window_.fromMs)} shown`}
      columns={stepColumns}
      rows={steps}
    >
      <div
        ref={box}
        className={styles["box"]}
        role="group"
        aria-label="Steps over time: W and S zoom, A and D pan, left and right go from step to step, 0 shows all, dragging selects"
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDragFrom(timeAt(event));
          onSelection(null);
        }}
        onPointerMove={(event) => {
          if (dragFrom === null) return;
          const at = timeAt(event);
          onSelection({ fromMs: Math.min(dragFrom, at), toMs: Math.max(dragFrom, at) });
        }}
        onPointerUp={(event) => {
          if (selection === null || selection.fromMs === selection.toMs) onActiveStep(stepAt(timeAt(event)));
          setDragFrom(null);
        }}
        onPointerCancel={() => setDragFrom(null)}
      >
        <canvas ref={canvas} className={styles["canvas"]} style={{ height }} aria-hidden />
      </div>
    </ChartFrame>
  );
}

type Change = (window: TimeWindow, middleMs: number, endMs: number) => TimeWindow;
const keyMoves: Readonly<Record<string, Change>> = {
  w: (window, middle, endMs) => zoomed(window, 0.6, middle, endMs),
  s: (window, middle, endMs) => zoomed(window, 1 / 0.6, middle, endMs),
  a: (window, _middle, endMs) => panned(window, -0.2, endMs),
  d: (window, _middle, endMs) => panned(window, 0.2, endMs),
};
