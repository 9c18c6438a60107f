import { Maximize2, ZoomIn, ZoomOut } from "lucide-react";
import { useCallback, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";

import { now } from "../../protocol/index.ts";
import { Button } from "../ui/Button.tsx";
import type { Column } from "../ui/DataTable.tsx";
import { ChartFrame } from "./ChartFrame.tsx";
import { drawLanes, lanePalette } from "./swimlane-draw.ts";
import {
  laneGeometry,
  lanesEnd,
  lanesHeight,
  nextSegment,
  segmentAt,
  type LaneSource,
  type Move,
  type TimeWindow,
} from "./swimlane-layout.ts";
import styles from "./Swimlanes.module.css";
import { useFrames, useWidth } from "./use-frames.ts";

interface SwimlanesProps<Row> {
  title: ReactNode;
  /** Accessible name. */
  caption: string;
  note?: ReactNode;
  /** Read at each frame; not copied. */
  source: LaneSource;
  /** Its length, which makes the drawing's height. */
  numLanes: number;
  /** Requests are being served: drawn once a frame. */
  live: boolean;
  /** Right end of the axis; compared charts share one. Default: the end of what there is. */
  maxMs?: number;
  /** The words for a segment, shown on hover and arrow keys. */
  describe: (segment: number) => string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
}

const moves: Readonly<Record<string, Move>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};
const mostZoom = 64;

/** Requests over time: x is milliseconds, one lane a request, one bar a step, tinted by phase. */
export function Swimlanes<Row>(props: SwimlanesProps<Row>) {
  const { source, numLanes, live, maxMs, describe } = props;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(box);
  const [zoom, setZoom] = useState(1);
  /** Where the shown part begins, as a share of what lies outside of it. */
  const [scroll, setScroll] = useState(0);
  const [active, setActive] = useState<number | null>(null);

  const shownWindow = useCallback(
    (nowMs: number): TimeWindow => {
      const endMs = Math.max(1, maxMs ?? 0, lanesEnd(source, nowMs));
      const fromMs = scroll * (endMs - endMs / zoom);
      return { fromMs, toMs: fromMs + endMs / zoom };
    },
    [source, maxMs, zoom, scroll],
  );
  const draw = useCallback(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (element == null || context == null || width === 0) return;
    const geometry = laneGeometry(width, numLanes);
    const scale = window.devicePixelRatio;
    const [pixels, lines] = [Math.round(width * scale), Math.round(lanesHeight(geometry, numLanes) * scale)];
    // Setting a canvas's size clears it and costs: only when it changed.
    if (element.width !== pixels) element.width = pixels;
    if (element.height !== lines) element.height = lines;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const nowMs = now();
    drawLanes(context, source, { window: shownWindow(nowMs), geometry, nowMs, active }, lanePalette(element));
  }, [source, numLanes, width, active, shownWindow]);
  useFrames(draw, live);

  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const area = event.currentTarget.getBoundingClientRect();
    const [x, y] = [event.clientX - area.left, event.clientY - area.top];
    setActive(segmentAt(source, shownWindow(now()), laneGeometry(width, numLanes), x, y));
  };
  const zoomTo = (next: number) => setZoom(Math.min(mostZoom, Math.max(1, next)));
  const onKeyDown = (event: KeyboardEvent) => {
    const move = moves[event.key];
    if (move !== undefined) setActive(nextSegment(source, active, move));
    else if (event.key === "+" || event.key === "=") zoomTo(zoom * 2);
    else if (event.key === "-") zoomTo(zoom / 2);
    else if (event.key === "0") zoomTo(1);
    else return;
    event.preventDefault();
  };
  return (
    <ChartFrame {...props}>
      <div
        ref={box}
        className={styles["box"]}
        role="group"
        aria-label={`${props.caption}: arrow keys give each step's details, plus and minus zoom`}
        tabIndex={0}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setActive(null)}
        onKeyDown={onKeyDown}
        onBlur={() => setActive(null)}
      >
        <canvas
          ref={canvas}
          className={styles["canvas"]}
          style={{ height: lanesHeight(laneGeometry(width, numLanes), numLanes) }}
          aria-hidden
        />
      </div>
      <div className={styles["foot"]}>
        <p className={styles["detail"]} role="status">
          {active === null ? "Point at a bar, or use the arrow keys, for its figures." : describe(active)}
        </p>
        <ZoomControls zoom={zoom} scroll={scroll} onZoom={zoomTo} onScroll={setScroll} />
      </div>
    </ChartFrame>
  );
}

interface ZoomControlsProps {
  zoom: number;
  scroll: number;
  onZoom: (zoom: number) => void;
  onScroll: (share: number) => void;
}

function ZoomControls({ zoom, scroll, onZoom, onScroll }: ZoomControlsProps) {
  return (
    <div className={styles["zoom"]}>
      {zoom > 1 && (
        <input
          type="range"
          aria-label="Time shown"
          min={0}
          max={1}
          step={0.005}
          value={scroll}
          onChange={(event) => onScroll(event.target.valueAsNumber)}
        />
      )}
      <Button
        size="small"
        variant="ghost"
        aria-label="Zoom out"
        disabled={zoom === 1}
        icon={<ZoomOut aria-hidden />}
        onClick={() => onZoom(zoom / 2)}
      />
      <Button
        size="small"
        variant="ghost"
        aria-label="Zoom in"
        disabled={zoom === mostZoom}
        icon={<ZoomIn aria-hidden />}
        onClick={() => onZoom(zoom * 2)}
      />
      <Button
        size="small"
        variant="ghost"
        aria-label="Show all"
        disabled={zoom === 1}
        icon={<Maximize2 aria-hidden />}
        onClick={() => onZoom(1)}
      />
    </div>
  );
}
