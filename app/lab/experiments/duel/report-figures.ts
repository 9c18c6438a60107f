/** A duel's figures as tables. */
import type { Cell, FigureTable, Figures } from "../../figures.ts";
import type { MetricId } from "../../metrics.ts";
import { planTable, sampleTable, settingTexts } from "../compare/figures.ts";
import { answersText } from "./answers.ts";
import type { DuelFigure, DuelReport } from "./report.ts";
import { loadText, sideText } from "./rows.ts";

export function duelFiguresOf(report: DuelReport): Figures {
  const { duel, workload, settings } = report;
  const order = duel.order.map((id) => (id === duel.sides[0].id ? "A" : "B")).join(" ");
  const answers = duel.answers.length === 0 ? null : answersText(duel.answers);
  return {
    title: `${workload.title}: ${duel.sides.map(({ title }) => title).join(" against ")}`,
    settings: [
      ...settingTexts(report),
      `${settings.repeats} ${settings.repeats === 1 ? "pass" : "passes"} each, by turns (loads: ${order === "" ? "none" : order})`,
    ],
    findings: [duel.weights.text, ...(answers === null ? [] : [`${answers}.`])],
    tables: [
      sidesTable(report),
      { ...planTable(report), title: "Figures by engine", head: "Engine" },
      differenceTable(report),
      partedTable(report),
      sampleTable(report),
    ],
    notes: [
      "Counts and rates are means per row, times medians per row. Intervals: 95%, bootstrap over rows in pairs.",
    ],
  };
}

const text = (id: string, title: string) => ({ id, metric: null, title });

const sidesTable = ({ duel, plans }: DuelReport): FigureTable => ({
  id: "sides",
  title: "Engines",
  head: "",
  isDerived: true,
  columns: [
    text("engine", "Engine"),
    text("ran", "Ran"),
    text("loads", "Loads"),
    text("rows", "Rows answered"),
    text("error", "Error"),
  ],
  rows: duel.sides.map((side, index) => ({
    id: side.id,
    title: index === 0 ? "A" : "B",
    cells: [
      side.title,
      sideText(side),
      loadText(side),
      plans.find(({ plan }) => plan === side.id)?.n ?? 0,
      side.error === null ? null : `${side.error.kind}: ${side.error.message}`,
    ],
  })),
});

/** One metric a column: each has its own unit. */
function differenceTable({ differences, duel }: DuelReport): FigureTable {
  const figures = [
    ...differences,
    ...duel.figures.map((figure) => ({ ...figure, metric: metricOf(figure) })),
  ];
  const cell = ({ difference, interval, n }: (typeof figures)[number]): Cell => ({
    value: difference,
    interval,
    n,
  });
  return {
    id: "differences",
    title: "B − A",
    head: "Difference",
    isDerived: true,
    columns: figures.map(({ metric }) => ({ id: metric, metric, isDifference: true })),
    rows: [
      { id: "difference", title: "B − A [95% interval]", cells: figures.map(cell) },
      {
        id: "ratio",
        title: "B / A",
        cells: figures.map(({ ratio }) => (ratio === null ? null : ratio.toFixed(2))),
      },
      { id: "n", title: "rows", cells: figures.map(({ n }) => String(n)) },
    ],
  };
}

const metricOf = ({ id }: DuelFigure): MetricId => (id === "itlMs" ? "itlMs" : "outputRate");

const partedTable = ({ duel }: DuelReport): FigureTable => ({
  id: "parted",
  title: "Answers that part",
  head: "Row",
  isDerived: true,
  columns: [text("call", "Call"), text("at", "First difference at"), text("from", "A"), text("to", "B")],
  rows: duel.answers.flatMap(({ row, label, basis, firstDifference }) =>
    firstDifference === null
      ? []
      : [
          {
            id: String(row),
            title: label,
            cells: [
              firstDifference.callId,
              `${basis === "text" ? "character" : "token"} ${firstDifference.position + 1}`,
              JSON.stringify(firstDifference.from),
              JSON.stringify(firstDifference.to),
            ],
          },
        ],
  ),
});
