import { cx } from "../ui/cx.ts";
import { formatMs } from "../lab/format.ts";
import type { WaterfallSegment } from "./CallWaterfall.tsx";
import { ChartFrame } from "./ChartFrame.tsx";
import phases from "./phases.module.css";
import styles from "./Race.module.css";

export interface RaceLane {
  readonly id: string;
  readonly title: string;
  /** A call each, in order; times from the common start. */
  readonly calls: readonly { readonly id: string; readonly segments: readonly WaterfallSegment[] }[];
  /** Null while it is not over. */
  readonly endMs: number | null;
}

interface RaceProps {
  caption: string;
  lanes: readonly RaceLane[];
  /** How far the race is shown; null: to its end. */
  clockMs: number | null;
  /** Right end of all lanes. */
  maxMs: number;
}

/** Ways to answer from one start, on one axis of time, in type that reads from the back of a room. */
export function Race({ caption, lanes, clockMs, maxMs }: RaceProps) {
  const times = lanes.flatMap(({ endMs }) => (endMs === null ? [] : [endMs]));
  const isOver = (lane: RaceLane) => lane.endMs !== null && (clockMs === null || clockMs >= lane.endMs);
  const first = times.length === lanes.length && lanes.length > 1 ? Math.min(...times) : null;
  return (
    <ChartFrame
      title="From one start, on one axis of time"
      caption={caption}
      columns={[
        { key: "lane", header: "way", cell: ({ lane }) => lane.title },
        { key: "call", header: "call", cell: ({ call }) => call.id },
        { key: "phase", header: "phase", cell: ({ segment }) => segment.phase },
        { key: "from", header: "from", align: "right", cell: ({ segment }) => formatMs(segment.startMs) },
        { key: "to", header: "to", align: "right", cell: ({ segment }) => formatMs(segment.endMs) },
      ]}
      rows={lanes.flatMap((lane) =>
        lane.calls.flatMap((call) => call.segments.map((segment) => ({ lane, call, segment }))),
      )}
    >
      <div className={styles["lanes"]}>
        {lanes.map((lane) => (
          <div key={lane.id} className={styles["lane"]}>
            <span className={styles["title"]}>{lane.title}</span>
            <strong className={cx(styles["time"], isOver(lane) && styles["over"])}>
              {timeText(lane, clockMs, isOver(lane))}
              {isOver(lane) && lane.endMs === first && <small> first</small>}
            </strong>
            <span className={styles["track"]}>
              {lane.calls.map((call, index) => (
                <Call
                  key={call.id}
                  segments={call.segments}
                  number={index + 1}
                  clockMs={clockMs}
                  maxMs={maxMs}
                />
              ))}
            </span>
          </div>
        ))}
      </div>
      <p className={styles["ends"]}>
        <span>0</span>
        <span>{formatMs(maxMs / 2)}</span>
        <span>{formatMs(maxMs)}</span>
      </p>
    </ChartFrame>
  );
}

function timeText({ calls, endMs }: RaceLane, clockMs: number | null, isOver: boolean): string {
  if (isOver) return formatMs(endMs);
  if (clockMs !== null) return formatMs(Math.round(clockMs));
  return calls.length === 0 ? "waits" : "…";
}

interface CallProps {
  segments: readonly WaterfallSegment[];
  /** 1 is the first call. */
  number: number;
  clockMs: number | null;
  maxMs: number;
}

/** What of a call lies before the clock. */
function Call({ segments, number, clockMs, maxMs }: CallProps) {
  const until = clockMs ?? Infinity;
  const [first] = segments;
  if (first === undefined || first.startMs > until) return null;
  const place = (ms: number) => `${(100 * Math.min(ms, until)) / maxMs}%`;
  return (
    <>
      {segments
        .filter(({ startMs }) => startMs <= until)
        .map(({ phase, startMs, endMs }, index) => (
          <span
            key={index}
            className={cx(styles["segment"], phases[phase], phase === "cached" && styles["mark"])}
            style={{ left: place(startMs), width: `calc(${place(endMs)} - ${place(startMs)})` }}
            title={`call ${number}: ${phase} ${formatMs(endMs - startMs)}`}
          />
        ))}
      <span className={styles["number"]} style={{ left: place(first.startMs) }} aria-hidden>
        {number}
      </span>
    </>
  );
}
