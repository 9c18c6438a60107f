import { Shape } from "./PlotMarks.tsx";
import type { PlotBand, PlotLevel, PlotSeries } from "./plot-series.ts";
import styles from "./Plot.module.css";

interface PlotLegendProps {
  series: readonly PlotSeries[];
  levels: readonly PlotLevel[];
  bands: readonly PlotBand[];
}

/** What the colours, shapes and lines of a plot are; nothing where there is one series alone. */
export function PlotLegend({ series, levels, bands }: PlotLegendProps) {
  if (series.length + levels.length + bands.length < 2) return null;
  return (
    <p className={styles["legend"]}>
      {series.map((each) => (
        <span key={each.name}>
          <Swatch series={each} />
          {each.name}
        </span>
      ))}
      {levels.map(({ label, color }) => (
        <span key={label}>
          <svg width={18} height={10} aria-hidden>
            <line x2={18} y1={5} y2={5} stroke={color} strokeWidth={1.5} strokeDasharray="4 3" />
          </svg>
          {label}
        </span>
      ))}
      {bands.map(({ label, color }) => (
        <span key={label}>
          <svg width={18} height={10} aria-hidden>
            <rect width={18} height={10} fill={color} fillOpacity={0.25} />
          </svg>
          {label}
        </span>
      ))}
    </p>
  );
}

function Swatch({
  series: { kind, color, dashed = false, hatched = false, points },
}: {
  series: PlotSeries;
}) {
  switch (kind) {
    case "area":
      return (
        <svg width={14} height={10} aria-hidden>
          <rect width={14} height={10} rx={2} fill={color} stroke="var(--line-strong)" />
          {hatched && <path d="M1 9L5 1M6 9L10 1M11 9L14 3" stroke="var(--cached-soft)" strokeWidth={2} />}
        </svg>
      );
    case "line":
      return (
        <svg width={18} height={10} aria-hidden>
          <line
            x2={18}
            y1={5}
            y2={5}
            stroke={color}
            strokeWidth={2}
            {...(dashed ? { strokeDasharray: "5 4" } : {})}
          />
        </svg>
      );
    case "joined":
    case "points":
      return (
        <svg width={14} height={12} viewBox="-7 -6 14 12" aria-hidden>
          {/* Where shapes are verdicts, the series is its colour. */}
          <Shape shape={kind === "joined" ? "dot" : (points[0]?.shape ?? "dot")} color={color} />
        </svg>
      );
  }
}
