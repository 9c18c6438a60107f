import { expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { render } from "vitest-browser-react";

import { Plot } from "./Plot.tsx";
import type { ScaleKind } from "./plot-scale.ts";

const rows = [1, 10, 100].map((at) => ({ at, rate: at * 2 }));

const plot = (scale: ScaleKind) => (
  <div style={{ width: 600 }}>
    <Plot
      title="Rate"
      caption="Rate by number"
      columns={[
        { key: "at", header: "number", cell: ({ at }) => at },
        { key: "rate", header: "rate", cell: ({ rate }) => rate },
      ]}
      rows={rows}
      x={{ label: "requests", scale }}
      y={{ label: "tok/s", scale }}
      series={[
        {
          name: "measured",
          color: "var(--decode)",
          kind: "line",
          points: rows.map(({ at, rate }) => ({ x: at, y: rate })),
        },
        {
          name: "ideal",
          color: "var(--queue)",
          kind: "line",
          points: rows.map(({ at, rate }) => ({ x: at, y: 2 * rate })),
        },
      ]}
    />
  </div>
);

/** Places of the first series' points. */
const dots = (container: Element) =>
  [...container.querySelectorAll(".recharts-line-dot")]
    .map((dot) => [Number(dot.getAttribute("cx")), Number(dot.getAttribute("cy"))])
    .slice(0, 3);

it("puts equal factors equally far apart on logarithmic axes, and not on linear ones", async () => {
  const screen = await render(plot("log"));
  await expect.poll(() => dots(screen.container).length).toBe(3);
  const gaps = (places: number[][], axis: 0 | 1) =>
    [1, 2].map((at) => Math.abs((places[at]?.[axis] ?? 0) - (places[at - 1]?.[axis] ?? 0)));
  for (const axis of [0, 1] as const) {
    const [first, second] = gaps(dots(screen.container), axis);
    expect(first).toBeCloseTo(second!, 0);
  }
  await screen.rerender(plot("linear"));
  const [first, second] = gaps(dots(screen.container), 0);
  expect(second! / first!).toBeGreaterThan(5);
});

it("arrow keys go from point to point and say the figures of all lines there", async () => {
  const screen = await render(plot("log"));
  await userEvent.tab();
  await userEvent.tab();
  await expect.element(screen.getByRole("group", { name: /^Rate by number/ })).toHaveFocus();
  await userEvent.keyboard("{ArrowRight}{ArrowRight}");
  await expect.element(screen.getByText("10 requests")).toBeVisible();
  await expect.element(screen.getByText("measured: 20")).toBeVisible();
  await expect.element(screen.getByText("ideal: 40")).toBeVisible();
});

it("a table takes the drawing's place, within the screen", async () => {
  const screen = await render(
    <div>
      <div style={{ height: 1400 }} />
      {plot("log")}
    </div>,
  );
  await screen.getByRole("button", { name: "Rate by number as a table" }).click();
  const table = screen.getByRole("region", { name: "Rate by number" });
  await expect.element(table).toBeInViewport();
  await expect.element(screen.getByRole("group", { name: /^Rate by number/ })).not.toBeInTheDocument();
  await expect.element(table.getByRole("cell", { name: "200" })).toBeVisible();
});
