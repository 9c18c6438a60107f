import { AccuracyChart } from "../charts/AccuracyChart.tsx";
import { HitRateChart, TtftScatter, type CachePoint } from "../charts/CacheCharts.tsx";
import { ItlChart } from "../charts/ItlChart.tsx";
import { ItlHistogram } from "../charts/ItlHistogram.tsx";
import { KvArea } from "../charts/KvArea.tsx";
import { Plot } from "../charts/Plot.tsx";
import { SpeedCostScatter } from "../charts/SpeedCostScatter.tsx";
import { StepScatter } from "../charts/StepScatter.tsx";
import { SweepChart } from "../charts/SweepChart.tsx";
import { Grid } from "../ui/layout.tsx";
import type { Story } from "./story.ts";

/** Figures of no run: the same ones each time, so that pictures can be compared. */
const wave = <Each,>(count: number, of: (index: number) => Each): readonly Each[] =>
  Array.from({ length: count }, (_, index) => of(index));
const gaps = wave(220, (i) => 9 + 2 * Math.sin(i / 9) + (i % 37 === 0 ? 14 : 0));
const sweep = [1, 2, 4, 8, 16, 32].map((concurrency) => ({
  concurrency,
  rate: 90 * concurrency ** 0.55,
  itl: 10 * concurrency ** 0.45,
}));
const requests = wave(12, (i): CachePoint => {
  const hitPercent = i === 0 ? 0 : i === 6 ? 12 : 88;
  return {
    number: i + 1,
    hitPercent,
    numCachedTokens: Math.round(2.6 * hitPercent),
    numPromptTokens: 260,
    ttftMs: i === 4 ? null : 20 + 1.1 * (260 - 2.6 * hitPercent),
  };
});
const steps = wave(80, (i) => ({ numSequences: 1 + (i % 8), ms: 8 + (i % 8) * 1.4 + (i % 3) }));
const pool = wave(60, (i) => {
  const used = Math.round(20 + 18 * Math.sin(i / 9));
  return { atMs: i * 40, used, cached: 10 + Math.floor(i / 6), free: 512 - used - 10 - Math.floor(i / 6) };
});

const noRows = { columns: [], rows: [] } as const;

export const chartStories: readonly Story[] = [
  {
    part: "Plot",
    state: "linear and logarithmic: the same figures",
    render: () => (
      <Grid least={320}>
        {(["linear", "log"] as const).map((scale) => (
          <Plot
            key={scale}
            title={scale}
            caption={`Prefill rate, ${scale}`}
            columns={[
              { key: "at", header: "context", align: "right", cell: ({ concurrency }) => concurrency },
              { key: "rate", header: "tok/s", align: "right", cell: ({ rate }) => Math.round(rate) },
            ]}
            rows={sweep}
            x={{ label: "context, tokens", scale }}
            y={{ label: "tok/s", scale }}
            levels={[{ y: 300, label: "a level", color: "var(--prefill)" }]}
            series={[
              {
                name: "prefill",
                color: "var(--prefill)",
                kind: "line",
                points: sweep.map(({ concurrency, rate }) => ({ x: 128 * concurrency, y: rate })),
              },
              {
                name: "with intervals, one missing",
                color: "var(--decode)",
                kind: "joined",
                points: sweep.map(({ concurrency, rate }, index) => ({
                  x: 128 * concurrency,
                  y: index === 2 ? null : rate / 2,
                  low: rate / 2.6,
                  high: rate / 1.7,
                  shape: index > 3 ? "ring" : "dot",
                })),
              },
            ]}
          />
        ))}
      </Grid>
    ),
  },
  {
    part: "Plot",
    state: "one point, and none",
    render: () => (
      <Grid least={320}>
        {[[{ x: 4, y: 10 }], []].map((points) => (
          <Plot
            key={points.length}
            {...noRows}
            title={`${points.length} points`}
            caption={`A plot of ${points.length} points`}
            x={{ label: "requests" }}
            y={{ label: "ms" }}
            series={[{ name: "measured", color: "var(--decode)", kind: "points", points }]}
          />
        ))}
      </Grid>
    ),
  },
  {
    part: "SweepChart",
    state: "measured against the ideal",
    render: () => (
      <SweepChart
        title="Output rate"
        caption="Output rate by concurrency"
        unit="tok/s"
        x={({ concurrency }) => concurrency}
        columns={[]}
        rows={sweep}
        series={[
          { name: "measured", color: "var(--decode)", value: ({ rate }) => rate },
          {
            name: "if N requests gave N times",
            color: "var(--queue)",
            dashed: true,
            value: ({ concurrency }) => 90 * concurrency,
          },
        ]}
      />
    ),
  },
  {
    part: "Latency charts",
    state: "220 gaps, and two",
    render: () => (
      <Grid least={320}>
        <ItlChart itlMs={gaps} />
        <ItlHistogram itlMs={gaps} />
        <ItlChart itlMs={[9, 11]} inPieces />
      </Grid>
    ),
  },
  {
    part: "Cache charts",
    state: "twelve requests",
    render: () => (
      <Grid least={320}>
        <HitRateChart points={requests} />
        <TtftScatter points={requests} />
      </Grid>
    ),
  },
  {
    part: "Step charts",
    state: "a run",
    render: () => (
      <Grid least={320}>
        <StepScatter
          {...noRows}
          title="Step time"
          caption="Step time by batch size"
          decode={steps}
          prefill={steps.slice(0, 8).map(({ numSequences, ms }) => ({ numSequences, ms: 3 * ms }))}
        />
        <KvArea title="KV blocks" caption="KV blocks over time" total={512} points={pool} columns={[]} />
      </Grid>
    ),
  },
  {
    part: "AccuracyChart",
    state: "every verdict",
    render: () => (
      <AccuracyChart
        {...noRows}
        caption="Accuracy by prompt length"
        best={0.95}
        accepted={0.9}
        points={(["best", "holds", "undecided", "worse"] as const).flatMap((mark, index) =>
          ["free", "structured"].map((series) => ({
            id: `${mark}-${series}`,
            title: `${mark}, ${series}`,
            series,
            tokens: 240 - 55 * index - (series === "free" ? 0 : 20),
            accuracy: 0.95 - 0.1 * index,
            interval: [0.85 - 0.12 * index, Math.min(1, 0.99 - 0.05 * index)] as const,
            mark,
            recommended: mark === "holds" && series === "structured",
          })),
        )}
      />
    ),
  },
  {
    part: "SpeedCostScatter",
    state: "three runs",
    render: () => (
      <SpeedCostScatter
        {...noRows}
        title="Speed and cost"
        caption="Seconds and dollars per plan"
        points={[
          { label: "Naive chain", seconds: 1.73, costPerThousand: 6.23 },
          { label: "Same answers", seconds: 0.62, costPerThousand: 2.87 },
          { label: "Structured", seconds: 0.46, costPerThousand: 1.66 },
        ]}
      />
    ),
  },
];
